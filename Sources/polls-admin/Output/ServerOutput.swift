import Provisioning

/// A server, as every command prints it.
struct ServerOutput: Encodable {
    let name: String
    let state: String
    /// Host and port.
    let address: String
    /// `nil`: not asked.
    let answers: Bool?
    let tenants: Int64
    let kept: Int64
    let unfinished: Int64

    init(_ server: ServerRecord, isAnswering: Bool?) {
        name = server.name
        state = server.state.rawValue
        address = server.address
        answers = isAnswering
        tenants = server.tenants
        kept = server.kept
        unfinished = server.unfinished
    }
}
