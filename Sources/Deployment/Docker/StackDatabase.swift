import Postgres

/// The PostgreSQL of the shared compose file, for an operator on the engine's machine. No port of it is published, and its
/// password stays in its volume: both are asked of the engine, so that whoever may use Docker may use polls-admin.
public enum StackDatabase {
    /// What says of a container that it has the control database, of whatever project it is.
    static let label = "polls.database=control"

    /// Its login, its database and its password, as its entry point was given them, each on a line.
    private static let login = """
        set -eu
        printf '%s\\n%s\\n' "${POSTGRES_USER:-postgres}" "${POSTGRES_DB:-${POSTGRES_USER:-postgres}}"
        cat "$POSTGRES_PASSWORD_FILE"
        """

    /// Runs the body with a libpq connection string, good until it ends.
    /// - Throws: ``DeploymentError`` with code `noEngine` or `notReady`, among others.
    public static func withOperatorURL<R: Sendable>(_ body: (String) async throws -> R) async throws -> R {
        let engine = DockerEngine()
        let found = try await engine.containers(label: label)
        guard let container = found.first, found.count == 1 else {
            throw DeploymentError(
                .notReady,
                found.isEmpty
                    ? "no PostgreSQL of docker-compose.yaml runs on this engine"
                    : "\(found.count) PostgreSQLs of docker-compose.yaml run on this engine",
                next: found.isEmpty
                    ? "Start it: docker compose up -d; or say in POLLS_ADMIN_DATABASE_URL where PostgreSQL is."
                    : "Stop all but one: docker ps --filter label=\(label)."
            )
        }
        let words = try await engine.run(
            ["exec", container, "sh", "-c", login],
            doing: "read the login of PostgreSQL in \(container)"
        ).split(separator: "\n", omittingEmptySubsequences: false)
        guard words.count == 3 else {
            throw DeploymentError(
                .engine,
                "PostgreSQL in \(container) has no login that can be read",
                next: "Use docker-compose.yaml as it is, or say in POLLS_ADMIN_DATABASE_URL how to connect."
            )
        }
        return try await DockerTunnel(container: container).open { host in
            let address = ConnectionString(values: [
                "host": host, "port": "5432", "user": String(words[0]), "dbname": String(words[1]),
                "password": String(words[2]),
            ])
            return try await body(address.text)
        }
    }
}
