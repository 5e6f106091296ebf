import Postgres
import TestSupport

/// Runs the body with a client over an empty database of its own.
func withClient<R: Sendable>(
    _ change: @Sendable (inout PostgresConfiguration) -> Void = { _ in },
    _ body: @Sendable (PostgresClient, PostgresConfiguration) async throws -> R
) async throws -> R {
    try await TestDatabase.with { configuration in
        var configuration = configuration
        change(&configuration)
        let final = configuration
        return try await PostgresClient.withClient(final, logger: TestDatabase.logger) { try await body($0, final) }
    }
}

/// What PostgreSQL says of what the body throws; `nil` when it does not.
func sqlState(_ body: () async throws -> Void) async -> SQLState? {
    do {
        try await body()
        return nil
    } catch { return (error as? PostgresError)?.sqlState }
}

/// The code of what the body throws; `nil` when it does not.
func code(_ body: () async throws -> Void) async -> PostgresError.Code? {
    do {
        try await body()
        return nil
    } catch { return (error as? PostgresError)?.code }
}
