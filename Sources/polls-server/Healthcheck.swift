import ArgumentParser
import NIOCore
import NIOPosix
import Settings

/// Whether the server on this machine answers: for containers, which have no curl.
struct Healthcheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Exits 0 if the server at HOST:PORT is alive, else 1; one that says nothing for 10 seconds is not."
    )

    @OptionGroup var options: ServerOptions
    @Flag(help: "Ask whether it is ready to serve, database and all.") var ready = false

    func run() async throws {
        let settings = try options.settings()
        do {
            guard try await ask(settings) == "200" else { throw ExitCode(1) }
        } catch let error as ExitCode { throw error } catch {
            let place = settings.isSocket ? settings.host : "\(settings.host), port \(settings.port)"
            throw Failure("no server answers at \(place); start it, or say with --host and --port where it is")
        }
    }

    /// - Returns: the status of the answer.
    private func ask(_ settings: Settings) async throws -> String? {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.seconds(2))
            .connect(to: try Self.address(settings)) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        // Longer than a server that is well takes to say that it is not ready.
        let alarm = channel.channel.eventLoop.scheduleTask(in: .seconds(10)) { channel.channel.close(promise: nil) }
        defer { alarm.cancel() }
        let path = ready ? "/readyz" : "/livez"
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(
                ByteBuffer(string: "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            )
            for try await buffer in inbound {
                return String(buffer: buffer).split(separator: " ").dropFirst().first.map(String.init)
            }
            return nil
        }
    }

    private static func address(_ settings: Settings) throws -> SocketAddress {
        if settings.host.hasPrefix("unix:") {
            return try SocketAddress(unixDomainSocketPath: String(settings.host.dropFirst("unix:".count)))
        }
        let isAny = settings.host == "0.0.0.0" || settings.host == "::"
        return try .makeAddressResolvingHost(isAny ? "127.0.0.1" : settings.host, port: settings.port)
    }
}
