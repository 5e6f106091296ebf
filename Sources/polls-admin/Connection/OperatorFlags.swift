import ArgumentParser
import Settings

/// What an operator's tool has to know: its own login, printed URLs, and where isolated tenants run.
struct OperatorFlags: SettingFlags {
    @Option(
        "POLLS_ADMIN_DATABASE_URL",
        "PostgreSQL as an operator's login; docker: is that of the compose file.",
        "url"
    )
    var adminDatabaseURL: SettingFlag?

    @Option("PORT", "The server's port, for printed URLs.", default: "8080", "port")
    var port: SettingFlag?

    @Option(
        "POLLS_RUNTIME",
        "What runs the containers of isolated tenants: docker, or process without an engine.",
        default: "docker",
        "runtime"
    )
    var runtime: SettingFlag?

    @Option(
        "POLLS_DEPLOY",
        "Folder of isolated tenants' files.",
        default: ".polls/deploy",
        "folder",
        completion: .directory
    )
    var deploy: SettingFlag?

    @Option("POLLS_PUBLISH", "The front door's address on this machine.", default: "127.0.0.1:8080", "address")
    var publish: SettingFlag?

    @Option("POLLS_SUBNETS", "Private range of isolated tenants' networks.", default: "10.213.0.0/16", "range")
    var subnets: SettingFlag?

    @Option(
        "POLLS_SHARED_SERVER",
        "The shared server, as the front door reaches it: app:8080 by default in containers.",
        "address"
    )
    var sharedServer: SettingFlag?
}
