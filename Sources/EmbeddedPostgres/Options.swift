extension EmbeddedPostgres {
    /// How a cluster is opened. Server settings count only for the process that starts the server.
    public struct Options: Sendable {
        /// Server settings beyond the defaults, as in postgresql.conf.
        public var settings: [String: String]
        /// The database to make when it is missing.
        public var database: String
        /// Refuse to share: neither with those who have it open, nor with those who come later.
        public var exclusive: Bool
        /// Stay up after the last user has left, and come back after a crash, whoever started it, until
        /// ``EmbeddedPostgres/stop(in:logger:)``.
        public var staysUp: Bool
        /// The folder of PostgreSQL's programs. `nil`: the distribution's newest, else those of `PATH`.
        public var binaries: String?
        /// How long a start may take, recovery after a crash included.
        public var startTimeout: Duration

        /// The settings for daily use.
        public init(
            settings: [String: String] = [:],
            database: String = "postgres",
            exclusive: Bool = false,
            staysUp: Bool = false,
            binaries: String? = nil,
            startTimeout: Duration = .seconds(60)
        ) {
            self.settings = settings
            self.database = database
            self.exclusive = exclusive
            self.staysUp = staysUp
            self.binaries = binaries
            self.startTimeout = startTimeout
        }

        /// A small server that is as durable as a large one: less memory, fewer helpers.
        public static let small = Options(settings: [
            "shared_buffers": "32MB", "max_wal_size": "256MB", "min_wal_size": "32MB", "jit": "off",
            "max_parallel_workers": "0", "max_logical_replication_workers": "0",
        ])

        /// What every cluster gets unless `settings` says otherwise.
        static let defaults = [
            "max_connections": "100", "max_locks_per_transaction": "256", "log_line_prefix": "%m [%p] %q%u@%d ",
            "lc_messages": "C",
            // A recovery then does not open each of a file system's files first, of which many tenants have many.
            "recovery_init_sync_method": "syncfs",
            // Tenants move to other databases while they are served.
            "wal_level": "logical", "max_wal_senders": "16", "max_replication_slots": "16",
        ]
    }
}
