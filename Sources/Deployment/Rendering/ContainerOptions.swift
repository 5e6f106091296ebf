/// What every tenant's containers are made with.
public struct ContainerOptions: Sendable, Equatable {
    /// What one container may take up.
    public struct Limits: Sendable, Equatable {
        /// Processors.
        public var cpus: Double
        /// As Compose writes it: `512m`.
        public var memory: String
        public var processes: Int

        public init(cpus: Double, memory: String, processes: Int) {
            self.cpus = cpus
            self.memory = memory
            self.processes = processes
        }
    }

    /// The domain below which each tenant has its host.
    public var baseDomain = "polls.localhost"
    public var postgresImage = "postgres:15"
    public var appImage = "polls:latest"
    public var nginxImage = "nginx:stable"
    /// The user and group inside the app's containers; password files are theirs.
    public var user = "10001:10001"
    public var databaseLimits = Limits(cpus: 1, memory: "512m", processes: 200)
    public var appLimits = Limits(cpus: 1, memory: "256m", processes: 100)

    public init() {}
}
