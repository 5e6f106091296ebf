import Postgres

/// A PostgreSQL server, beside the control database's own, that tenants' databases can be on.
public struct ServerRecord: Sendable {
    /// Whether it takes new databases.
    public enum State: String, Sendable {
        /// Its app login is being made.
        case adding
        case active
        /// It keeps those it has.
        case draining
        /// It will not come back. What was on it is forgotten without it.
        case lost
    }

    public let name: String
    public let state: State
    /// The app's login there.
    public let appLogin: String
    /// How an operator connects; it may hold a password.
    let operatorURL: ConnectionText
    /// Tenants that live there.
    public let tenants: Int64
    /// Old copies that are kept there.
    public let kept: Int64
    /// Homes there that are being made, or were left half made.
    public let unfinished: Int64

    /// Host and port, without login or password.
    public var address: String {
        guard let string = try? ConnectionString(operatorURL.text) else { return "" }
        let host = string["host"] ?? string["hostaddr"] ?? "localhost"
        return host + (string["port"].map { ":" + $0 } ?? "")
    }

    init(_ row: Row) throws {
        let (name, state, login, url, tenants, kept, unfinished) = try row.decode(
            String.self,
            String.self,
            String.self,
            String.self,
            Int64.self,
            Int64.self,
            Int64.self
        )
        guard let state = State(rawValue: state) else {
            throw PostgresError(.decoding, "\(state) is no server's state")
        }
        self.name = name
        self.state = state
        appLogin = login
        operatorURL = ConnectionText(text: url)
        self.tenants = tenants
        self.kept = kept
        self.unfinished = unfinished
    }
}

/// A connection string that is not printed by accident.
struct ConnectionText: Sendable, CustomStringConvertible {
    let text: String
    var description: String { "(a connection string)" }
}
