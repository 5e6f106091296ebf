import Provisioning

/// The front door's nginx.conf: each isolated tenant's hosts lead to its own server, every other domain to the shared one,
/// which knows whose it is. Without a shared server a host that is none of ours gets no answer; with one, what is no
/// domain gets none.
struct NginxConfiguration: Sendable {
    /// Where nginx runs.
    enum Place: Sendable {
        /// In a container, with Docker's name server.
        case container
        /// As a process of this machine that listens on `address`; `folder` takes what it writes.
        case process(address: String, folder: String)

        /// What the names of the sockets start with that tell which configurations are in force.
        var marks: String {
            switch self {
            case .container: "/tmp/nginx-conf-"
            case .process(_, let folder): "\(folder)/nginx-conf-"
            }
        }
    }

    /// One isolated tenant.
    struct Tenant: Sendable {
        /// The upstream's name.
        let name: String
        /// Exact names, the tenant's subdomain first.
        let hosts: [String]
        /// `address:port`, or `unix:/path`.
        let server: String

        /// - Throws: ``DeploymentError`` when a host or the address cannot stand in the file.
        init(_ container: TenantContainer, baseDomain: String, server: String) throws(DeploymentError) {
            name = "\(container.tenant)_web"
            hosts = ["\(container.tenant).\(baseDomain)"] + container.domains.sorted()
            self.server = server
            for text in hosts + [server] where !NginxConfiguration.isPlain(text) {
                throw DeploymentError(
                    .badInput,
                    "\(text.debugDescription) of the tenant \(container.tenant) cannot stand in nginx.conf",
                    next: "Use ASCII letters, digits, dots and dashes."
                )
            }
        }
    }

    /// The shared server, which serves every other tenant.
    enum Shared: Sendable {
        /// A name of Docker's and a port. The addresses behind it are kept in a file of nginx's: copies of the app come
        /// and go.
        case name(String)
        /// `address:port`, or `unix:/path`.
        case server(String)
    }

    let place: Place
    let baseDomain: String
    let tenants: [Tenant]
    let shared: Shared?

    /// - Parameter shared: `nil`: there is none, and only isolated tenants are served.
    init(place: Place, baseDomain: String, tenants: [Tenant], shared: Shared?) {
        self.place = place
        self.baseDomain = baseDomain
        self.tenants = tenants.sorted { $0.name < $1.name }
        self.shared = shared
    }

    var text: String {
        let parts = { (mark: String) in
            [head] + upstreams + [defaultServer(mark: mark)] + (shared == nil ? [] : [sharedServer])
                + tenants.map(server)
        }
        let mark = place.marks + StableHash.hex(parts("").joined())
        return parts(mark).joined(separator: "\n") + "}\n"
    }

    private var head: String {
        """
        # The front door: \(tenants.isEmpty
            ? "every tenant's host leads to the one app, which tells tenants apart by Host."
            : "isolated tenants' hosts lead to their own servers\(shared == nil ? "." : ", all others to the shared one.")")
        worker_processes auto;
        \(processHead)
        events {
            worker_connections 4096;
        }

        http {
            server_tokens off;
            access_log off;  # the app logs each request
        \(logAndFolders)
            client_max_body_size 64k;
            client_body_buffer_size 64k;
            client_header_timeout 10s;
            client_body_timeout 10s;
            keepalive_timeout 60s;

            # Hosts may be long, and many.
            server_names_hash_bucket_size 512;
            server_names_hash_max_size 8192;

            proxy_http_version 1.1;
            proxy_connect_timeout 2s;
            proxy_read_timeout 30s;
            proxy_max_temp_file_size 0;

            proxy_set_header Host $host;
            proxy_set_header Connection "";
            # What a client says of itself here is not passed on.
            proxy_set_header Forwarded "";
            proxy_set_header X-Forwarded-For "";
            proxy_set_header X-Forwarded-Host "";
            proxy_set_header X-Forwarded-Port "";
            proxy_set_header X-Forwarded-Prefix "";
            proxy_set_header X-Forwarded-Proto "";
            proxy_set_header X-Forwarded-Server "";
            proxy_set_header X-Real-IP "";

            # A server whose tenant moves away while a request waits there sends it to @moved, once.
            map $http_polls_moved $moved {
                "" @moved;
                default "";
            }
            proxy_set_header Polls-Moved $moved;

            # A server that cannot be reached is what the app itself calls unavailable.
            error_page 502 504 =503 @unavailable;
            error_page 413 @too_large;

        """
    }

    private var processHead: String {
        guard case .process(_, let folder) = place else { return "" }
        return "pid \(folder)/nginx.pid;\n"
    }

    private var logAndFolders: String {
        guard case .process(_, let folder) = place else { return "    error_log /dev/stderr warn;\n" }
        let folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "    \($0)_temp_path \(folder)/\($0);" }.joined(separator: "\n")
        return "    error_log \(folder)/nginx.log warn;\n\n\(folders)\n"
    }

    private var listen: String {
        guard case .process(let address, _) = place else { return "8080" }
        return address
    }

    /// The address at which nginx finds itself.
    private var again: String {
        guard case .process(let address, _) = place else { return "127.0.0.1:8080" }
        if address.hasPrefix("unix:") { return "\(address):" }
        // A port alone is one of every address.
        return address.contains(":") ? address : "127.0.0.1:\(address)"
    }

    private var upstreams: [String] {
        var upstreams = tenants.map { ($0.name, "server \($0.server);", 16) }
        // Connections that are kept beyond this number are closed after each request, and opened again for the next.
        switch shared {
        case nil: break
        case .server(let address): upstreams.insert(("shared_app", "server \(address);", 64), at: 0)
        case .name(let name):
            let servers = """
                # Whoever has the name \(name), as start-nginx finds them; until then, nobody.
                        include \(FrontScripts.folder)/\(name)/*.conf;
                        server 127.0.0.1:1 down;
                """
            upstreams.insert(("shared_app", servers, 64), at: 0)
        }
        return upstreams.map { name, servers, idle in
            // Idle connections end here before the server ends them.
            """
                upstream \(name) {
                    \(servers)
                    keepalive \(idle);
                    keepalive_timeout 30s;
                }

            """
        }
    }

    private func defaultServer(mark: String) -> String {
        """
            # \(shared == nil ? "A host that is none of ours" : "A request without a host, or with an address for one,") \
        gets no answer at all.
            server {
                listen \(listen) default_server;
                # Nobody comes here. Each version of this file has another one: who has it open serves by this version.
                listen unix:\(mark) default_server;
                server_name _;
                return 444;
            }

        """
    }

    private var sharedServer: String {
        """
            # Tenants' own domains come and go without a word to nginx: the app answers 404 for one that is nobody's.

        """ + server(names: [baseDomain, "*.\(baseDomain)", Self.anyDomain], pass: "proxy_pass http://shared_app;")
    }

    /// Labels joined by dots, the last of which is no number. nginx goes by it only for what has no server by its name.
    private static let anyDomain = #"~^[a-z0-9.-]+\.[a-z0-9-]*[a-z-][a-z0-9-]*$"#

    private func server(_ tenant: Tenant) -> String {
        server(names: tenant.hosts, pass: "proxy_pass http://\(tenant.name);")
    }

    private func server(names: [String], pass: String) -> String {
        """
            server {
                listen \(listen);
                server_name \(names.joined(separator: " "));

                location / {
                    \(pass)
                }
                location @moved {
                    # Through the front door again: who leads this request was told of the old place only.
                    proxy_pass http://\(again);
                    proxy_set_header Host $host;
                    proxy_set_header Polls-Moved yes;
                }
                location @unavailable {
                    default_type application/problem+json;
                    add_header Retry-After 2 always;
                    return 503 '{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Try again later."}';
                }
                location @too_large {
                    default_type application/problem+json;
                    return 413 '{"type":"about:blank","title":"Content too large","status":413,"detail":"A body may have at most 65536 bytes."}';
                }
            }

        """
    }

    /// Whether nginx reads a text as one word.
    private static func isPlain(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "/._:-".utf8.contains(byte)
                }
            }
    }
}
