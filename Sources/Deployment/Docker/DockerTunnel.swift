import Dispatch
import FoundationEssentials
import Glibc
import Subprocess

#if canImport(System)
import System
#else
import SystemPackage
#endif

/// A unix socket of this machine that leads to PostgreSQL in a container: each connection is a `docker exec` whose
/// standard input and output are that connection. No port is published, and it works wherever the engine is.
struct DockerTunnel: Sendable {
    /// What runs in the container: bash, which its image has for its entry point, opens the way to the server.
    ///
    /// It waits for its children, and no broken pipe kills them: one that is orphaned becomes a child of the container's
    /// first process, PostgreSQL, and that takes a stranger killed by a signal for a backend that crashed, and restarts.
    private static let relay = """
        trap '' PIPE
        exec 3<>/dev/tcp/127.0.0.1/5432 4<&0 || exit 1
        cat <&3 & from=$!
        cat <&4 >&3 & to=$!
        wait -n
        kill $from $to 2>/dev/null
        wait
        """

    let container: String

    /// Runs the body with the folder of a socket, as libpq's `host`.
    func open<R: Sendable>(_ body: (String) async throws -> R) async throws -> R {
        var template = Array("/tmp/polls-tunnel-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw Self.failure("make a folder in /tmp") }
        let folder = String(cString: made)
        let path = folder + "/.s.PGSQL.5432"
        defer {
            unlink(path)
            rmdir(folder)
        }
        let listener = try Self.listen(at: path)
        let (accepted, continuation) = AsyncStream.makeStream(of: CInt.self)
        let source = DispatchSource.makeReadSource(fileDescriptor: listener, queue: .global())
        source.setEventHandler {
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                continuation.yield(connection)
            }
        }
        source.setCancelHandler {
            close(listener)
            continuation.finish()
        }
        source.activate()
        // Its tasks end with their connections, and those with the body.
        let relays = Task {
            await withDiscardingTaskGroup { group in
                for await connection in accepted { group.addTask { await relay(connection) } }
            }
        }
        let result: Result<R, any Error>
        do { result = .success(try await body(folder)) } catch { result = .failure(error) }
        source.cancel()
        relays.cancel()
        await relays.value
        return try result.get()
    }

    private func relay(_ connection: CInt) async {
        // Each end is closed once.
        let other = dup(connection)
        guard other >= 0 else {
            close(connection)
            return
        }
        var options = PlatformOptions()
        // A terminal's Ctrl-C is for the psql that uses the connection, not for the connection.
        options.createSession = true
        _ = try? await Subprocess.run(
            .name("docker"),
            arguments: ["exec", "-i", container, "bash", "-c", Self.relay],
            platformOptions: options,
            input: .fileDescriptor(FileDescriptor(rawValue: connection), closeAfterSpawningProcess: true),
            output: .fileDescriptor(FileDescriptor(rawValue: other), closeAfterSpawningProcess: true),
            error: .discarded
        )
    }

    private static func listen(at path: String) throws -> CInt {
        let descriptor = socket(
            AF_UNIX,
            Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue),
            0
        )
        guard descriptor >= 0 else { throw failure("make a socket") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, Glibc.listen(descriptor, 64) == 0 else {
            let error = failure("listen at \(path)")
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func failure(_ action: String) -> DeploymentError {
        DeploymentError(
            .folder,
            "cannot \(action): \(String(cString: strerror(errno)))",
            next: "See that /tmp can be written to, and try again."
        )
    }
}
