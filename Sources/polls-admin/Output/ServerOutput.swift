import Provisioning

/// A server, as every command prints it.
struct ServerOutput: Encodable {
    let name: String
    let state: String
    /// Host and port.
    let address: String
    let answers: Bool
    let tenants: Int64
    let kept: Int64

    /// - Parameter isAnswering: `nil`: not asked.
    init(_ server: ServerRecord, isAnswering: Bool?) {
        name = server.name
        state = server.state.rawValue
        address = server.address
        answers = isAnswering ?? true
        tenants = server.tenants
        kept = server.kept
    }
}
