import NIOPosix

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The smallest client there is: one request on a connection of its own.
enum LoopbackHTTP {
    struct Answer: Sendable {
        let status: Int
        let body: String
    }

    static func status(port: Int, path: String, host: String) -> Int? {
        ask(port: port, host: host, path: path)?.status
    }

    /// Asks, and reads the answer to its end. Blocks for at most `seconds` in each of its reads and writes.
    /// - Returns: `nil` when there was no connection or no whole answer.
    static func ask(
        port: Int,
        host: String,
        method: String = "GET",
        path: String,
        headers: [String] = [],
        seconds: Int = 5
    ) -> Answer? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { return nil }
        var lines = ["\(method) \(path) HTTP/1.1", "Host: \(host)", "Connection: close"] + headers
        if method != "GET" { lines.append("Content-Length: 0") }
        let request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            return nil
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        guard bytes.count > 12, let status = Int(String(decoding: bytes[9..<12], as: UTF8.self)) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        return Answer(
            status: status,
            body: text.firstRange(of: "\r\n\r\n").map { String(text[$0.upperBound...]) } ?? ""
        )
    }

    /// Threads that may wait for answers, so that no thread of Swift's own does.
    static let threads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 8)
        pool.start()
        return pool
    }()

    /// Runs the body with threads of its own for a load: as many as may wait at the same time, so that no request is late
    /// because another has no answer, be it of this load or of one beside it.
    static func withThreads<R: Sendable>(
        requestsPerSecond: Double,
        _ body: (NIOThreadPool) async throws -> R
    ) async throws -> R {
        let pool = NIOThreadPool(numberOfThreads: min(max(Int(requestsPerSecond * 5), 8), 1024))
        pool.start()
        let result: Result<R, any Error>
        do { result = .success(try await body(pool)) } catch { result = .failure(error) }
        await Task { try? await pool.shutdownGracefully() }.value
        return try result.get()
    }

    /// The same as ``ask(port:host:method:path:headers:seconds:)``, without blocking the caller's thread.
    static func asked(
        port: Int,
        host: String,
        method: String = "GET",
        path: String,
        headers: [String] = [],
        threads: NIOThreadPool = threads
    ) async -> Answer? {
        try? await threads.runIfActive {
            ask(port: port, host: host, method: method, path: path, headers: headers)
        }
    }
}
