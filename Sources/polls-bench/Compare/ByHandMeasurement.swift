import EmbeddedPostgres
import FoundationEssentials

/// The reference of the container level: the same PostgreSQL, server and nginx for each tenant, started by a script as
/// the reader of a manual would write it.
struct ByHandMeasurement: Sendable {
    let tenants: Int
    let progress: Progress

    func run(_ options: Site.Options) async throws -> ByHandFigures {
        let folder = options.folder + "/by-hand"
        try FileManager.default.createDirectory(atPath: folder + "/sites", withIntermediateDirectories: true)
        let script = folder + "/by-hand.sh"
        try Data(Self.script.utf8).write(to: URL(filePath: script))
        let nginx = BenchNginx(port: try FreePort.find(), folder: folder + "/nginx")
        let configuration = nginx.configuration(shared: nil, include: folder + "/sites/*.conf")
        let result: Result<ByHandFigures, any Error>
        do {
            result = .success(
                try await nginx.run(configuration) {
                    try await measure(folder, script: script, programs: options.programs, nginx: nginx)
                }
            )
        } catch { result = .failure(error) }
        await DeploymentProcesses.endAll()
        try? FileManager.default.removeItem(atPath: folder)
        return try result.get()
    }

    private func measure(_ folder: String, script: String, programs: String, nginx: BenchNginx) async throws
        -> ByHandFigures
    {
        let base = DeploymentProcesses.memory(DeploymentProcesses.all())
        let settings = EmbeddedPostgres.Options.small.settings.merging(["wal_level": "logical"]) { $1 }
            .sorted { $0.key < $1.key }.map { "-c \($0.key)=\($0.value)" }.joined(separator: " ")
        var created: [Double] = []
        for number in 1...tenants {
            let start = ContinuousClock.now
            _ = try await Command(
                "/bin/sh",
                [
                    script, "t\(number)", folder, "\(try FreePort.find())", "\(nginx.port)", programs, settings,
                    BenchNginx.program,
                ]
            ).run()
            let host = "t\(number).polls.localhost"
            while await LoopbackHTTP.asked(port: nginx.port, host: host, path: "/polls/")?.status != 200 {
                guard ContinuousClock.now - start < .seconds(60) else {
                    throw CompareFailure(
                        "the tenant t\(number) that was made by hand does not answer",
                        next: "Run the same script by itself, and see what its server logs."
                    )
                }
                try await Task.sleep(for: .milliseconds(2))
            }
            created.append((ContinuousClock.now - start).seconds)
        }
        // As the container level's tenants: with questions, and asked a few times.
        for number in 1...tenants {
            let url = "host=\(folder)/t\(number) user=postgres dbname=polls"
            _ = try await Command("psql", ["-X", "-q", "-d", url, "-c", Self.fill("t\(number)")]).run()
            for _ in 0..<20 {
                _ = await LoopbackHTTP.asked(port: nginx.port, host: "t\(number).polls.localhost", path: "/polls/")
            }
        }
        let memory = DeploymentProcesses.memory(DeploymentProcesses.all()) - base
        let figures = ByHandFigures(
            tenants: tenants,
            create: median(created),
            memoryPerTenant: Double(memory) / Double(tenants)
        )
        await progress.step(
            "by hand × \(tenants)",
            "\(Units.seconds(figures.create)) and \(Units.bytes(figures.memoryPerTenant)) a tenant"
        )
        return figures
    }

    private static func fill(_ schema: String) -> String {
        """
        set search_path = \(schema);
        insert into question (question)
          select 'What is your favourite colour, number ' || n from generate_series(1, 20) n;
        insert into choice (question_id, choice)
          select id, 'Choice ' || n from question, generate_series(1, 3) n order by id, n
        """
    }

    /// For sh(1).
    private static let script = """
        # One more tenant by hand: $1, its files in $2/$1, its server on port $3, nginx on port $4, the programs in $5,
        # PostgreSQL's settings in $6, nginx's program $7.
        set -eu
        name=$1 folder=$2 port=$3 front=$4 programs=$5 settings=$6 nginx=$7
        postgres=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
        [ -z "$postgres" ] || PATH=$postgres:$PATH
        # PostgreSQL does not run as root.
        as_postgres() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi; }

        mkdir "$folder/$name"
        [ "$(id -u)" != 0 ] || chown postgres "$folder/$name"
        cd "$folder/$name"
        as_postgres initdb -D data -U postgres -A trust --no-sync --no-instructions >initdb.log
        as_postgres pg_ctl -D data -l data/log -w -s -o "-c listen_addresses= -k $folder/$name $settings" start </dev/null
        createdb -h "$folder/$name" -U postgres polls

        export DATABASE_URL="host=$folder/$name user=postgres dbname=polls"
        "$programs/polls-admin" init >/dev/null
        "$programs/polls-admin" create-schema "$name" --open --no-token >/dev/null
        DATABASE_URL="host=$folder/$name user=polls_app dbname=polls" HOST=127.0.0.1 PORT=$port POLLS_LOG_LEVEL=error \\
          setsid "$programs/polls-server" </dev/null >server.log 2>&1 &

        cat >"$folder/sites/$name.conf" <<END
        upstream $name { server 127.0.0.1:$port; keepalive 16; }
        server {
            listen 127.0.0.1:$front;
            server_name $name.polls.localhost;
            location / { proxy_pass http://$name; }
        }
        END
        "$nginx" -e "$folder/nginx/nginx.log" -c "$folder/nginx/nginx.conf" -s reload

        """
}
