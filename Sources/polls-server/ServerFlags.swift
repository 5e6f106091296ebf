import ArgumentParser
import Settings

/// What the server listens on, whom it serves, and how many connections it has.
struct ServerFlags: SettingFlags {
    @Option("HOST", "Address to listen on, or unix: and a socket's path.", default: "127.0.0.1", "host")
    var host: SettingFlag?

    @Option("PORT", "Port to listen on; 0 takes any free one.", default: "8080", "port")
    var port: SettingFlag?

    @Option("POLLS_TENANT", "Serve this tenant alone; every other host is unknown.", "name")
    var tenant: SettingFlag?

    @Option("POLLS_NONCE", "What it calls itself in /livez, in the field Polls-Upstream.", "text")
    var nonce: SettingFlag?

    @Option("POLLS_CONNECTIONS", "Connections to PostgreSQL that requests share.", default: "4", "number")
    var connections: SettingFlag?

    @Option(
        "POLLS_TENANTS_PER_CONNECTION",
        "Tenants that one of them serves until it is replaced, with its backend's memory.",
        default: "5000",
        "number"
    )
    var tenantsPerConnection: SettingFlag?

    @Option(
        "POLLS_SERVER_CONNECTIONS",
        "Connections to one server of tenants' own databases.",
        default: "32",
        "number"
    )
    var serverConnections: SettingFlag?
}
