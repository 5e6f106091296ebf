/// A connection to a front door that is kept from one request to the next, whatever their hosts.
///
/// The other side may close it while it idles. A request on its way in that moment is lost without an answer, and is
/// sent again on another connection (RFC 9112, section 9.3.1). Whatever else goes missing is thrown.
public actor KeptConnection {
    private let port: Int
    private var connection: RawConnection?
    /// How often an idle connection was closed under a request.
    public private(set) var reopened = 0

    public init(port: Int) { self.port = port }

    public func ask(_ host: String, _ path: String) async throws -> TestClient.Answer {
        let wasOpen = connection != nil
        if let answer = try await exchange(host, path) { return answer }
        guard wasOpen else { throw NotYet(description: "\(host) closes a new connection without an answer") }
        reopened += 1
        guard let answer = try await exchange(host, path) else {
            throw NotYet(description: "\(host) closes a new connection without an answer")
        }
        return answer
    }

    /// - Returns: `nil` when the connection ended before the first byte of the answer.
    private func exchange(_ host: String, _ path: String) async throws -> TestClient.Answer? {
        guard let connection = connection ?? RawConnection.open(port: port) else {
            throw NotYet(description: "nobody listens at port \(port)")
        }
        self.connection = nil
        guard try await connection.send("GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\r\n") else { return nil }
        let text = try await connection.receiveToEnd(or: { Self.parse($0) != nil })
        if text.isEmpty { return nil }
        guard let answer = Self.parse(text) else {
            throw NotYet(description: "\(host) closes in the middle of \"\(text.prefix(200))\"")
        }
        if answer.headers["connection"] != "close" { self.connection = connection }
        return answer
    }

    /// A whole answer, whose body has a length. `nil`: more is to come.
    private static func parse(_ text: String) -> TestClient.Answer? {
        // A line's end is one character of Swift's.
        guard let head = text.firstRange(of: "\r\n\r\n") else { return nil }
        let lines = text[..<head.lowerBound].split(separator: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ UInt($0) }) else {
            return nil
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        let body = text[head.upperBound...]
        guard let length = headers["content-length"].flatMap({ Int($0) }), body.utf8.count >= length else { return nil }
        return TestClient.Answer(status: status, headers: headers, body: String(body))
    }
}
