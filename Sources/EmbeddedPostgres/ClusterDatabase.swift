import CLibpq
import Postgres

/// Makes a database where it is missing.
struct ClusterDatabase {
    let cluster: ClusterFolder
    let name: String

    func create() throws {
        if try connect(to: name, allowingFailure: true, { _ in true }) == true { return }
        try connect(to: "postgres") { connection in
            guard let quoted = PQescapeIdentifier(connection, name, name.utf8.count) else {
                throw failure(connection)
            }
            defer { PQfreemem(quoted) }
            let result = PQexec(connection, "create database " + String(cString: quoted))
            defer { PQclear(result) }
            let state = PQresultErrorField(result, CInt(UInt8(ascii: "C"))).map { String(cString: $0) }
            // 42P04: there already, so that connecting failed for another reason.
            guard PQresultStatus(result) == PGRES_COMMAND_OK || state == "42P04" else { throw failure(connection) }
        }
    }

    @discardableResult
    private func connect<Value>(
        to database: String,
        allowingFailure: Bool = false,
        _ body: (OpaquePointer?) throws -> Value
    ) throws -> Value? {
        let conninfo = ConnectionString(values: [
            "host": cluster.socketFolder, "port": "5432", "user": "postgres", "dbname": database,
        ])
        let connection = PQconnectdb(conninfo.text)
        defer { PQfinish(connection) }
        guard PQstatus(connection) == CONNECTION_OK else {
            if allowingFailure { return nil }
            throw failure(connection)
        }
        return try body(connection)
    }

    private func failure(_ connection: OpaquePointer?) -> EmbeddedPostgresError {
        let reason = String(cString: PQerrorMessage(connection)).split(separator: "\n").joined(separator: "; ")
        return EmbeddedPostgresError(
            .database,
            "cannot make the database \(name) in \(cluster.home): \(reason)",
            remedy: "Check its name, and \(cluster.log)"
        )
    }
}
