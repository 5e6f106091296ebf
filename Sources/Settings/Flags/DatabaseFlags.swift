import ArgumentParser

/// Where PostgreSQL is: as a whole, in parts, or in a folder of its own.
public struct DatabaseFlags: SettingFlags {
    @Option(
        "DATABASE_URL",
        "PostgreSQL, as a libpq URI or connection string. Other users can see a command line: a password is safer in "
            + "the variable.",
        "url"
    )
    public var url: SettingFlag?

    @Option("DATABASE_NAME", "Without the former: the database.", "name")
    public var name: SettingFlag?

    @Option("DATABASE_HOST", "Its host, or the folder of its socket.", "host")
    public var host: SettingFlag?

    @Option("DATABASE_PORT", "Its port.", "port")
    public var port: SettingFlag?

    @Option("DATABASE_USER", "The login.", "user")
    public var user: SettingFlag?

    @Option("DATABASE_PASSWORD", "Its password: safer in the variable.", "password")
    public var password: SettingFlag?

    @Option(
        "POLLS_DATA",
        "Without these: folder of the private PostgreSQL.",
        default: ".polls",
        "folder",
        completion: .directory
    )
    public var data: SettingFlag?

    /// For the parser.
    public init() {}
}
