import ArgumentParser
import Logging
import Migrations
import NIOCore
import Polls
import Postgres
import ServiceLifecycle
import Settings
import Tenancy
import UnixSignals

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Reads the settings and runs what `buildServer` builds.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serves until it is told to stop (the default).")

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let settings = try options.settings()
        let log = LineWriter(label: "polls-server", format: settings.logFormat)
        settings.bootstrapLogging(to: log)
        let logger = Logger(label: "polls-server")
        let tenant = try settings.tenant.map { try TenantName($0) }
        let result: Result<Void, any Error>
        do {
            try await Database.with(settings, as: .app, logger: logger) { database in
                try await serve(settings, tenant, database, logger, log)
            }
            result = .success(())
        } catch let error as SettingsError {
            result = .failure(error)
        } catch { result = .failure(Failure(Self.explain(error, settings))) }
        await log.finish()
        try result.get()
    }

    /// Until it is told to stop.
    private func serve(
        _ settings: Settings,
        _ tenant: TenantName?,
        _ database: Database,
        _ logger: Logger,
        _ log: LineWriter
    ) async throws {
        var configuration = PollsServerConfiguration(
            postgres: database.configuration,
            baseDomain: settings.baseDomain,
            host: settings.host,
            port: settings.port,
            registryVersion: Int32(EmbeddedMigrations.control.count),
            limits: HTTPLimits(settings.limits)
        )
        configuration.connectionsPerServer = settings.serverConnections
        configuration.tenant = tenant
        configuration.isPrivate = database.embedded != nil
        configuration.nonce = settings.nonce
        configuration.requestLog = settings.logLevel > .info ? .off : settings.logFormat == .json ? .json : .text
        configuration.writeLog = { log.write($0) }
        let server = CutService(
            try buildServer(configuration, logger: logger) { port in
                let address = settings.isSocket ? settings.host : "http://*.\(settings.baseDomain):\(port)/polls/"
                logger.notice("serving", metadata: ["address": "\(address)"])
            }
        )
        var group = ServiceGroupConfiguration(
            services: [server],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: Logger(label: "quiet") { _ in
                SwiftLogNoOpLogHandler()
            }
        )
        group.maximumGracefulShutdownDuration = settings.limits.shutdownTimeout
        let impatience = Task { await Self.endAtSecondSignal() }
        defer { impatience.cancel() }
        // It may or may not end with an error when it is cut.
        do { try await ServiceGroup(configuration: group).run() } catch is CancellationError {}
        if server.wasCut { logger.notice("stopped with requests under way: POLLS_SHUTDOWN_TIMEOUT was over") }
    }

    /// Whoever asks twice does not want to wait.
    private static func endAtSecondSignal() async {
        var count = 0
        for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
            count += 1
            if count == 2 { _exit(130) }
        }
    }

    private static func explain(_ error: any Error, _ settings: Settings) -> String {
        (error as? IOError).flatMap { ListenFailure.explain($0, settings) }
            ?? ListenFailure.explain(address: error, settings) ?? "\(error)"
    }
}

/// Why the server cannot run; printed as it stands.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension HTTPLimits {
    fileprivate init(_ limits: ServerLimits) {
        self.init(
            headerTimeout: TimeAmount(limits.headerTimeout),
            bodyTimeout: TimeAmount(limits.bodyTimeout),
            requestTimeout: TimeAmount(limits.requestTimeout),
            idleTimeout: TimeAmount(limits.idleTimeout),
            bodyBytes: limits.maxBody,
            connections: limits.maxConnections
        )
    }
}
