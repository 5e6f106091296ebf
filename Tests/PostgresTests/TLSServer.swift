import FoundationEssentials
import Subprocess
import TestSupport

#if canImport(System)
import System
#else
import SystemPackage
#endif

/// A PostgreSQL that listens on TCP and speaks TLS, with a certificate that it signed itself.
struct TLSServer: Sendable {
    let port: Int
    private let folder: String

    /// The certificate of the server, for `localhost`.
    var certificate: String { folder + "/server.crt" }
    /// One of somebody else's.
    var otherCertificate: String { folder + "/other.crt" }

    /// Runs the body with a server of its own; it is stopped and removed afterwards.
    static func with<R: Sendable>(_ body: @Sendable (TLSServer) async throws -> R) async throws -> R {
        let server = TLSServer(port: FreePort.any(), folder: "/tmp/polls-test-\(UUID().uuidString.prefix(8))")
        let result: Result<R, any Error>
        do {
            try await server.shell(start)
            result = .success(try await body(server))
        } catch { result = .failure(error) }
        try await server.shell(stop)
        return try result.get()
    }

    /// How to connect.
    func connectionString(_ keywords: String) -> String {
        "host=localhost hostaddr=127.0.0.1 port=\(port) user=postgres dbname=postgres " + keywords
    }

    /// PostgreSQL refuses to run as root.
    private static let prelude = """
        set -eu
        PATH=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1):$PATH
        as=
        [ "$(id -u)" != 0 ] || as="setpriv --reuid=postgres --regid=postgres --clear-groups"

        """

    private static let start =
        prelude + """
            mkdir "$1"
            [ -z "$as" ] || chown postgres "$1"
            cd "$1"
            for name in server other; do
                $as openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \\
                    -addext subjectAltName=DNS:localhost -keyout $name.key -out $name.crt 2>&1
            done
            $as initdb --pgdata data --username postgres --auth trust --no-sync --no-instructions
            $as pg_ctl --pgdata data --wait --log log --options "-p $2 -c listen_addresses=127.0.0.1 \\
                -c unix_socket_directories= -c ssl=on -c ssl_cert_file=$1/server.crt -c ssl_key_file=$1/server.key \\
                -c fsync=off" start || { cat log; exit 1; }
            """

    private static let stop =
        prelude + """
            cd "$1"
            $as pg_ctl --pgdata data --wait --mode immediate stop || true
            cd / && rm -rf "$1"
            """

    private func shell(_ script: String) async throws {
        let result = try await Subprocess.run(
            .path("/bin/sh"),
            arguments: ["-c", script, "tls-server", folder, "\(port)"],
            environment: .inherit.updating(["LC_ALL": "C"]),
            input: .none,
            output: .string(limit: 1 << 20),
            error: .combinedWithOutput
        )
        guard result.terminationStatus.isSuccess else {
            throw NotYet(description: "no server with TLS: \(result.standardOutput)")
        }
    }
}
