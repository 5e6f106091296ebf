import Postgres

/// Where PostgreSQL is.
public enum DatabaseLocation: Sendable, Equatable {
    /// A libpq connection string or URI. It may hold a password.
    case server(Secret)
    /// The PostgreSQL of the shared compose file, which the Docker engine knows: `docker:`, for an operator.
    case engine
    /// Where libpq's own `PG*` variables say.
    case environment
    /// A private cluster in this folder, started on demand.
    case embedded(folder: String)
}

extension DatabaseLocation {
    /// The first of: the whole URL, libpq's variables, the URL in parts, a private cluster. What the command line names,
    /// in this order, goes before what it does not name.
    init(_ reader: SettingsReader, flags: SettingsReader, environment: [String: String]) throws {
        let folder = reader.text("POLLS_DATA") ?? ".polls"
        if flags.text("DATABASE_URL") == nil, Self.hasParts(flags) {
            self = .server(Secret(try Self.parts(reader)))
        } else if flags.text("DATABASE_URL") == nil, flags.text("POLLS_DATA") != nil {
            self = .embedded(folder: folder)
        } else if let url = reader.text("DATABASE_URL") {
            self = DatabaseLocation(url: url)
        } else if ["PGHOST", "PGDATABASE", "PGSERVICE"].contains(where: { environment[$0]?.isEmpty == false }) {
            self = .environment
        } else if reader.text("DATABASE_NAME") != nil || reader.text("DATABASE_HOST") != nil {
            self = .server(Secret(try Self.parts(reader)))
        } else {
            self = .embedded(folder: folder)
        }
    }

    /// An operator's own login; `nil` where there is none, or where the command line says which database is meant.
    static func forOperator(_ reader: SettingsReader, flags: SettingsReader) -> DatabaseLocation? {
        let isNamed = flags.text("DATABASE_URL") != nil || hasParts(flags) || flags.text("POLLS_DATA") != nil
        guard !isNamed || flags.text("POLLS_ADMIN_DATABASE_URL") != nil else { return nil }
        return reader.text("POLLS_ADMIN_DATABASE_URL").map(DatabaseLocation.init(url:))
    }

    /// Whether any part is given: libpq knows the others.
    private static func hasParts(_ flags: SettingsReader) -> Bool {
        ["NAME", "HOST", "PORT", "USER", "PASSWORD"].contains { flags.text("DATABASE_" + $0) != nil }
    }

    private init(url: String) { self = url == "docker:" ? .engine : .server(Secret(url)) }

    /// A libpq connection string of keywords and values.
    private static func parts(_ reader: SettingsReader) throws -> String {
        let port =
            reader.text("DATABASE_PORT") == nil
            ? nil : String(try reader.number("DATABASE_PORT", default: 5432, in: 1...65_535))
        let parts = [
            "dbname": reader.text("DATABASE_NAME"), "host": reader.text("DATABASE_HOST"), "port": port,
            "user": reader.text("DATABASE_USER"), "password": reader.text("DATABASE_PASSWORD"),
        ]
        return ConnectionString(values: parts.compactMapValues(\.self)).text
    }
}
