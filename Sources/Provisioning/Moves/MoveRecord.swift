import FoundationEssentials
import Postgres
import Tenancy

/// A move as the registry's journal has it.
public struct MoveRecord: Sendable {
    /// How far it has come. Until `switched`, the tenant lives in the old place; from then on, in the new one.
    public enum Step: String, Sendable {
        case begun, made, copied, paused, verified, switched, done, aborting, aborted
    }

    public let id: Int64
    public let from: Destination
    public let to: Destination
    public let step: Step
    public let method: MovePlan.Method
    /// How long the old copy is kept, in seconds.
    let keepSeconds: Int64
    let fromHome: Int64?
    let toHome: Int64

    init(_ row: Row) throws {
        let (id, fromLevel, fromServer, fromHome, toLevel, toServer, toHome, method, step, keep) = try row.decode(
            Int64.self,
            String.self,
            String?.self,
            Int64?.self,
            String.self,
            String?.self,
            Int64.self,
            String.self,
            String.self,
            Int64.self
        )
        guard let from = Tenant.Level(rawValue: fromLevel), let to = Tenant.Level(rawValue: toLevel),
            let method = MovePlan.Method(rawValue: method), let step = Step(rawValue: step)
        else { throw PostgresError(.decoding, "the registry has a move that this version does not understand") }
        self.id = id
        self.from = Destination(level: from, server: fromServer)
        self.to = Destination(level: to, server: toServer)
        self.step = step
        self.method = method
        self.fromHome = fromHome
        self.toHome = toHome
        keepSeconds = keep
    }

    /// The tenant's last move, whatever became of it.
    static func last(of tenant: UUID, _ connection: PostgresConnection) async throws -> MoveRecord? {
        try await connection.query(
            """
            select id, from_level, from_server, from_home, to_level, to_server, to_home, method, step,
                extract(epoch from keep)::int8
            from polls_control.move where tenant_id = \(tenant) order by id desc limit 1
            """
        ).first.map { try MoveRecord($0) }
    }

    /// The tenant's last move that came to its end.
    static func lastDone(of tenant: UUID, _ connection: PostgresConnection) async throws -> MoveRecord? {
        try await connection.query(
            """
            select id, from_level, from_server, from_home, to_level, to_server, to_home, method, step,
                extract(epoch from keep)::int8
            from polls_control.move where tenant_id = \(tenant) and step = 'done' order by id desc limit 1
            """
        ).first.map { try MoveRecord($0) }
    }
}
