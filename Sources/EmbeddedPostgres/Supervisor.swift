import Subprocess
import SystemPackage

/// The shell that runs PostgreSQL, and stops it when its last user has gone.
///
/// It has a session of its own, so that a terminal's Ctrl-C does not reach the server, and outlives whoever started it:
/// another process may still be using the server. Should the shell itself be killed, the kernel stops PostgreSQL.
enum Supervisor {
    /// `$1`: the home, `$2`: the socket's folder; the rest: PostgreSQL's command line.
    ///
    /// Descriptor 8 holds `server.lock`, and PostgreSQL inherits it: the lock is free when no process of the server is
    /// left. Descriptor 7 holds `supervisor.lock`, which is the shell's alone: a server without it is on its way down.
    /// Descriptor 9 waits for `in-use`, and once held keeps newcomers waiting until the shell has ended.
    static let script = """
        umask 077
        home=$1 sockets=$2; shift 2
        exec </dev/null >>"$home/postgres.log" 2>&1
        exec 7>>"$home/supervisor.lock" 8>>"$home/server.lock" 9>>"$home/in-use"
        flock -x -w 10 7 && flock -x -w 10 8 || exit 75
        (
            started=
            while :; do
                setpriv --pdeathsig INT "$@" 7>&- 9>&- &
                postgres=$!
                # PostgreSQL heeds signals by the time that it listens.
                until [ -S "$sockets/.s.PGSQL.5432" ]; do
                    kill -0 $postgres || break
                    sleep 0.02
                done 2>/dev/null
                [ ! -S "$sockets/.s.PGSQL.5432" ] || started=1
                watcher=
                if [ ! -e "$home/stays-up" ]; then
                    (
                        trap 'kill $lock' TERM
                        flock -x 9 & lock=$!
                        wait $lock || exit
                        [ -e "$home/stays-up" ] || { kill -INT $postgres; exit; }
                        flock -u 9
                        # Its number stays its own until it is ended.
                        trap - TERM
                        exec setpriv --pdeathsig TERM sleep infinity 9>&-
                    ) 7>&- 8>&- &
                    watcher=$!
                fi
                wait $postgres
                [ -z "$watcher" ] || { kill $watcher 2>/dev/null; wait $watcher; }
                rm -f "$sockets/.s.PGSQL.5432" "$sockets/.s.PGSQL.5432.lock"
                # One that never came up would not the next time either.
                [ -n "$started" ] || rm -f "$home/stays-up"
                [ -e "$home/stays-up" ] || break
                sleep 0.5
                [ -e "$home/stays-up" ] || break
            done
            rmdir "$sockets"
        ) &
        """

    /// Starts PostgreSQL, and returns when the supervisor holds `server.lock`; the server then still has to come up.
    static func start(_ cluster: ClusterFolder, binaries: PostgresBinaries, settings: [String: String]) async throws {
        var values = EmbeddedPostgres.Options.defaults.merging(settings) { $1 }
        values["listen_addresses"] = ""
        values["port"] = "5432"
        values["unix_socket_directories"] = cluster.socketFolder
        values["unix_socket_permissions"] = "0700"
        let assignments = values.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] }
        let command = [binaries.postgres, "-D", cluster.data] + assignments
        let launched = try await run(
            "/bin/sh",
            ["-c", script, "embedded-postgres", cluster.home, cluster.socketFolder] + command,
            as: cluster.user
        )
        guard launched.succeeded else {
            throw EmbeddedPostgresError(
                .startFailed,
                "the shell that runs PostgreSQL in \(cluster.home) ended at once",
                remedy: "Check that flock and setpriv (util-linux) are installed",
                log: launched.output
            )
        }
    }

    /// Runs a program to its end as the server's user, in a session of its own, with nothing of this environment that
    /// would change what PostgreSQL does.
    static func run(
        _ program: String,
        _ arguments: [String],
        as user: ServiceUser?
    ) async throws -> (succeeded: Bool, output: String) {
        var options = PlatformOptions()
        options.createSession = true
        var command = [program] + arguments
        // Not `options.userID`: with it the child is made by fork(2) and runs code of the C library that may deadlock
        // in a process of many threads.
        if let user {
            command = ["/usr/bin/setpriv", "--reuid=\(user.uid)", "--regid=\(user.gid)", "--clear-groups"] + command
        }
        let result = try await Subprocess.run(
            .path(FilePath(command[0])),
            arguments: Arguments(Array(command.dropFirst())),
            environment: .custom(["PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"]),
            workingDirectory: "/",
            platformOptions: options,
            output: .string(limit: 1 << 20),
            error: .combinedWithOutput
        )
        return (result.terminationStatus.isSuccess, result.standardOutput)
    }
}
