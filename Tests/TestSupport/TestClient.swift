import AsyncHTTPClient
import NIOCore

/// Asks a server on this machine as any HTTP client would, for any of its tenants.
public struct TestClient: Sendable {
    public let port: Int
    private var http = Self.common

    private static let common = HTTPClient(configuration: asItCame(.singletonConfiguration))

    /// Where an answer leads elsewhere, that is the answer.
    private static func asItCame(_ configuration: HTTPClient.Configuration) -> HTTPClient.Configuration {
        var configuration = configuration
        configuration.redirectConfiguration = .disallow
        return configuration
    }

    public init(port: Int) { self.port = port }

    /// Runs the body with connections of its own, all of which are closed afterwards.
    public func withOwnConnections<R>(_ body: (TestClient) async throws -> R) async throws -> R {
        var own = self
        own.http = HTTPClient(configuration: Self.asItCame(.init()))
        let result: Result<R, any Error>
        do { result = .success(try await body(own)) } catch { result = .failure(error) }
        try await own.http.shutdown()
        return try result.get()
    }

    /// An answer, its body read.
    public struct Answer: Sendable {
        public let status: UInt
        public let headers: [String: String]
        public let body: String
    }

    /// Asks for a tenant's list until it has this status: what the registry is told reaches the server a little later.
    @discardableResult
    public func await(_ status: UInt, of tenant: String) async throws -> Answer {
        var answer = try await ask(tenant, "GET", "/polls/")
        let came = try await eventually {
            if answer.status != status { answer = try await ask(tenant, "GET", "/polls/") }
            return answer.status == status
        }
        guard came else { throw NotYet(description: "\(tenant) goes on answering \(answer.status), not \(status)") }
        return answer
    }

    /// Sends a request to a tenant, or to any host.
    @discardableResult
    public func ask(
        _ tenant: String,
        _ method: String = "GET",
        _ path: String,
        _ json: String? = nil,
        headers: [String: String] = [:],
        host: String? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = .init(rawValue: method)
        request.headers.add(name: "Host", value: host ?? "\(tenant).polls.localhost")
        if let json {
            request.headers.add(name: "Content-Type", value: headers["Content-Type"] ?? "application/json")
            request.body = .bytes(ByteBuffer(string: json))
        }
        for (name, value) in headers where name != "Content-Type" { request.headers.add(name: name, value: value) }
        let response = try await http.execute(request, timeout: .seconds(120))
        let body = try await response.body.collect(upTo: 64 << 20)
        let fields = response.headers.map { ($0.name.lowercased(), $0.value) }
        return Answer(
            status: response.status.code,
            headers: Dictionary(fields, uniquingKeysWith: { $1 }),
            body: String(buffer: body)
        )
    }
}
