#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A port of the loopback that nobody had a moment ago.
///
/// Below those that a system gives to connections: one of these may be taken again before anybody listens at it.
enum FreePort {
    private static let range = 12_000..<32_000

    static func find() throws -> Int {
        for _ in 0..<200 {
            let port = Int.random(in: range)
            if isFree(port) { return port }
        }
        throw CompareFailure(
            "no port of 127.0.0.1 between \(range.lowerBound) and \(range.upperBound) is free",
            next: "End what holds them: ss -tln lists it."
        )
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
