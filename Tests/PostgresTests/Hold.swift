import Postgres
import TestSupport

/// Makes statements stand still for as long as a test needs, so that it knows what is under way without a clock.
///
/// It has an advisory lock, which is the database's and so the test's own, on a leased connection.
struct Hold {
    /// A statement with this in its FROM list stands still until the hold is let go of.
    static let wait = "pg_advisory_xact_lock_shared(1)"

    private let connection: PostgresConnection

    /// Runs the body with a hold. It is let go of at the end, if not before.
    static func with<R: Sendable>(_ client: PostgresClient, _ body: (Hold) async throws -> R) async throws -> R {
        try await client.withConnection { connection in
            _ = try await connection.query("select pg_advisory_lock(1)")
            return try await body(Hold(connection: connection))
        }
    }

    /// Waits until so many statements stand still.
    /// - Returns: the process ids of their backends.
    @discardableResult
    func stopped(_ count: Int) async throws -> [Int32] {
        var found: [Int32] = []
        let came = try await eventually {
            found = try await connection.query(
                """
                select pid from pg_stat_activity
                where datname = current_database() and wait_event_type = 'Lock' and wait_event = 'advisory'
                """
            ).decode(Int32.self)
            return found.count == count
        }
        guard came else { throw Missing(expected: count, found: found.count) }
        return found
    }

    /// Ends a backend, as an operator would.
    func terminate(_ backend: Int32) async throws {
        _ = try await connection.query("select pg_terminate_backend(\(backend))")
    }

    /// Lets all statements go on.
    func release() async throws { _ = try await connection.query("select pg_advisory_unlock(1)") }

    /// Not as many statements stood still as the test expects.
    struct Missing: Error {
        let expected: Int
        let found: Int
    }
}
