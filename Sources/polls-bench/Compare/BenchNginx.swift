import FoundationEssentials

/// nginx as it stands before the server, for the length of a call.
struct BenchNginx: Sendable {
    let port: Int
    let folder: String

    /// nginx's program: not on everybody's PATH.
    static var program: String {
        ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"]
            .first { FileManager.default.isExecutableFile(atPath: $0) } ?? "nginx"
    }

    /// - Parameters:
    ///   - shared: the shared server's port; `nil`: there is none.
    ///   - include: files with servers of their own.
    func configuration(shared: Int?, include: String? = nil) -> String {
        let server =
            shared.map { port in
                """
                    upstream shared_app {
                        server 127.0.0.1:\(port);
                        keepalive 64;
                        keepalive_timeout 30s;
                    }
                    server {
                        listen 127.0.0.1:\(self.port);
                        server_name polls.localhost *.polls.localhost;
                        location / { proxy_pass http://shared_app; }
                    }

                """
            } ?? ""
        return """
            worker_processes auto;
            pid \(folder)/nginx.pid;
            error_log \(folder)/nginx.log warn;
            events {
                worker_connections 4096;
            }
            http {
                access_log off;
                server_tokens off;
                client_body_temp_path \(folder)/body;
                proxy_temp_path \(folder)/proxy;
                fastcgi_temp_path \(folder)/fastcgi;
                uwsgi_temp_path \(folder)/uwsgi;
                scgi_temp_path \(folder)/scgi;
                server_names_hash_bucket_size 512;
                server_names_hash_max_size 8192;
                proxy_http_version 1.1;
                proxy_connect_timeout 2s;
                proxy_set_header Host $host;
                proxy_set_header Connection "";
                server {
                    listen 127.0.0.1:\(port) default_server;
                    location = /nginx { return 200; }
                    location / { return 444; }
                }
            \(server)\(include.map { "    include \($0);\n" } ?? "")}

            """
    }

    /// Runs nginx with a configuration, and stops it afterwards.
    func run<R: Sendable>(
        _ configuration: String,
        _ body: @escaping @Sendable () async throws -> R
    ) async throws -> R {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let file = folder + "/nginx.conf"
        try Data(configuration.utf8).write(to: URL(filePath: file))
        let command = Command(Self.program, ["-e", folder + "/nginx.log", "-c", file, "-g", "daemon off;"])
        return try await ServerProcess.with(command, port: port, probe: "/nginx", host: "nginx") { _ in try await body()
        }
    }
}
