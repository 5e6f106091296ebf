import EmbeddedPostgres
import FoundationEssentials
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A PostgreSQL of one test's own, to do to it what no other test may see.
public final class TestCluster: Sendable {
    public let connectionString: String
    private let folder: String
    private let home: String
    private let opened: Mutex<[EmbeddedPostgres]>
    private let frozen = Mutex<[Int32]>([])

    private init(folder: String, _ postgres: EmbeddedPostgres) {
        self.folder = folder
        home = postgres.home
        connectionString = postgres.connectionString()
        opened = Mutex([postgres])
    }

    /// Runs the body with a new cluster in a new folder, or in one that is there.
    public static func with<R: Sendable>(
        in given: String? = nil,
        _ body: @Sendable (TestCluster) async throws -> R
    ) async throws -> R {
        let folder = given ?? "/tmp/polls-test-\(UUID().uuidString.prefix(8))"
        defer { if given == nil { try? FileManager.default.removeItem(atPath: folder) } }
        let cluster = TestCluster(folder: folder, try await open(folder))
        let result: Result<R, any Error>
        do { result = .success(try await body(cluster)) } catch { result = .failure(error) }
        cluster.thaw()
        for postgres in cluster.opened.withLock({ $0 }) { await postgres.close() }
        return try result.get()
    }

    private static func open(_ folder: String) async throws -> EmbeddedPostgres {
        try await EmbeddedPostgres.open(in: folder, options: .small, logger: TestDatabase.logger)
    }

    /// Stops all of its processes where they are, as a stalled disk would.
    public func freeze() {
        frozen.withLock { frozen in
            // The postmaster first: it starts no further ones then.
            kill(postmaster, SIGSTOP)
            frozen = [postmaster] + backends
            for process in frozen { kill(process, SIGSTOP) }
        }
    }

    /// Lets frozen processes go on.
    public func thaw() {
        frozen.withLock { frozen in
            for process in frozen { kill(process, SIGCONT) }
            frozen = []
        }
    }

    /// Ends the server as a power cut would: no backend finishes anything.
    public func stopImmediately() async throws {
        let all = [postmaster] + backends
        kill(postmaster, SIGQUIT)
        guard await eventually({ all.allSatisfy { kill($0, 0) != 0 } }) else {
            throw NotYet(description: "PostgreSQL does not stop")
        }
    }

    /// Starts the server again, in the same place.
    public func start() async throws {
        let again = try await Self.open(folder)
        opened.withLock { $0.append(again) }
    }

    private var postmaster: Int32 {
        let text = (try? String(contentsOfFile: home + "/data/postmaster.pid", encoding: .utf8)) ?? ""
        // Never 0, which would be this process's own group.
        return Int32(text.prefix { $0.isNumber }) ?? .max
    }

    /// The postmaster's children (proc(5), /proc/PID/stat: the parent is the second field after the name).
    private var backends: [Int32] {
        let parent = "\(postmaster)"
        return ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { name in
            guard let process = Int32(name),
                let stat = try? String(contentsOfFile: "/proc/\(name)/stat", encoding: .utf8),
                let end = stat.lastIndex(of: ")")
            else { return nil }
            let fields = stat[end...].split(separator: " ")
            return fields.count > 2 && fields[2] == parent ? process : nil
        }
    }
}
