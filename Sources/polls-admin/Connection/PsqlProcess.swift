import Dispatch
import Postgres
import Provisioning

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The real psql, inside of a tenant. It inherits the terminal.
struct PsqlProcess {
    let arguments: [String]
    /// Over those of this process.
    let environment: [String: String]

    /// - Parameters:
    ///   - inherited: this process's environment.
    init(
        _ connection: ConnectionString,
        entry: TenantEntry,
        tenant: String,
        arguments: [String],
        inherited: [String: String]
    ) {
        // In the environment, where other users do not see it as they see a command line.
        var environment: [String: String] = [:]
        var rest = connection
        for (keyword, variable) in ConnectionString.variables() {
            guard let value = connection[keyword] else { continue }
            environment[variable] = value
            rest[keyword] = nil
        }
        // It has no variable. psql asks for it.
        rest["sslpassword"] = nil
        environment["PGOPTIONS"] = ConnectionString.options(
            environment["PGOPTIONS"] ?? inherited["PGOPTIONS"],
            settings: ["search_path": entry.searchPath, "role": entry.role]
        )
        self.environment = environment
        var command = ["psql"]
        if !rest.values.isEmpty { command.append("--dbname=" + rest.text) }
        command += ["--set=PROMPT1=\(tenant)%R%x%# ", "--set=PROMPT2=\(tenant)%R%x%# "]
        self.arguments = command + arguments
    }

    /// Runs it to its end, on a thread of its own: those of tasks go on carrying what it says and is told.
    /// - Returns: its exit code.
    func run(inherited: [String: String]) async throws -> CInt {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try runBlocking(inherited: inherited) })
            }
        }
    }

    private func runBlocking(inherited: [String: String]) throws -> CInt {
        let merged = inherited.merging(environment) { $1 }.map { "\($0)=\($1)" }
        // Ctrl-C is for psql, which gives up a statement and goes on.
        let previous = signal(SIGINT, SIG_IGN)
        defer { _ = signal(SIGINT, previous) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var defaults = sigset_t()
        sigemptyset(&defaults)
        sigaddset(&defaults, SIGINT)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, CShort(POSIX_SPAWN_SETSIGDEF))
        var child: pid_t = 0
        let outcome = Self.withCStrings(arguments) { arguments in
            Self.withCStrings(merged) { posix_spawnp(&child, "psql", nil, &attributes, arguments, $0) }
        }
        guard outcome == 0 else {
            throw ProvisioningError(
                .database,
                "psql does not start: \(String(cString: strerror(outcome)))",
                next: "Install it: apt-get install postgresql-client."
            )
        }
        var status: CInt = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    }

    private static func withCStrings<R>(
        _ strings: [String],
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> R
    ) -> R {
        var pointers = strings.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer { buffer in
            // Never empty: the last one is the nil that ends it.
            body(buffer.baseAddress.unsafelyUnwrapped)
        }
    }
}
