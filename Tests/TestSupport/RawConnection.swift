#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A TCP connection to this machine, on which a test says byte for byte what is sent. It never blocks a thread.
public final class RawConnection: Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(descriptor) }

    /// Connects. `nil` when nobody listens.
    /// - Parameter window: bytes that may wait here to be read; `nil`: as many as the system likes.
    public static func open(port: Int, window: Int32? = nil) -> RawConnection? {
        guard let connection = make(AF_INET) else { return nil }
        if var window {
            setsockopt(connection.descriptor, SOL_SOCKET, SO_RCVBUF, &window, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return connection.reaches(address) ? connection : nil
    }

    /// Connects to a unix socket, which holds less on its way than TCP. `nil` when nobody listens.
    public static func open(path: String) -> RawConnection? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard let connection = make(AF_UNIX), path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
            return nil
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return connection.reaches(address) ? connection : nil
    }

    private static func make(_ family: Int32) -> RawConnection? {
        #if canImport(Glibc)
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        #else
        let descriptor = socket(family, SOCK_STREAM, 0)
        #endif
        return descriptor >= 0 ? RawConnection(descriptor: descriptor) : nil
    }

    private func reaches<Address>(_ address: Address) -> Bool {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size)) == 0
            }
        }
    }

    /// Sends the bytes, waiting for as long as the other side takes none.
    /// - Returns: false when the other side has closed.
    @discardableResult
    public func send(_ bytes: [UInt8]) async throws -> Bool {
        var rest = bytes[...]
        let isOver = await eventually {
            let count = rest.withUnsafeBytes {
                #if canImport(Glibc)
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
                #else
                Darwin.send(descriptor, $0.baseAddress, $0.count, MSG_DONTWAIT)
                #endif
            }
            if count < 0 { return errno != EAGAIN && errno != EINTR }
            rest = rest.dropFirst(count)
            return rest.isEmpty
        }
        guard isOver else { throw NotYet(description: "\(rest.count) bytes were never taken") }
        return rest.isEmpty
    }

    @discardableResult
    public func send(_ text: String) async throws -> Bool { try await send(Array(text.utf8)) }

    /// Ends this side's half.
    public func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// What has come by now; `nil` at the end, which a reset is as well.
    private func take() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let flags = Int32(MSG_DONTWAIT)
        let count = recv(descriptor, &buffer, buffer.count, flags)
        if count > 0 { return Array(buffer.prefix(count)) }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? [] : nil
    }

    /// Everything until the other side closes.
    /// - Throws: ``NotYet`` when it does not.
    public func rest() async throws -> String {
        var received: [UInt8] = []
        let isClosed = await eventually {
            while let some = take() {
                if some.isEmpty { return false }
                received += some
            }
            return true
        }
        let text = String(decoding: received, as: UTF8.self)
        guard isClosed else { throw NotYet(description: "the connection stays open after \"\(text.prefix(200))\"") }
        return text
    }

    /// What comes until the condition holds for all of it.
    public func receive(until condition: (String) -> Bool) async throws -> String {
        var received: [UInt8] = []
        let came = await eventually {
            received += take() ?? []
            return condition(String(decoding: received, as: UTF8.self))
        }
        let text = String(decoding: received, as: UTF8.self)
        guard came else { throw NotYet(description: "all that came is \"\(text.prefix(200))\"") }
        return text
    }

    /// What comes until the condition holds for all of it, or the other side closes.
    public func receiveToEnd(or condition: (String) -> Bool) async throws -> String {
        var received: [UInt8] = []
        let came = await eventually {
            guard let some = take() else { return true }
            received += some
            return condition(String(decoding: received, as: UTF8.self))
        }
        let text = String(decoding: received, as: UTF8.self)
        guard came else { throw NotYet(description: "all that came is \"\(text.prefix(200))\"") }
        return text
    }

    /// Sends the bytes again and again, with a pause after each, until the other side has closed.
    /// - Returns: what it sent before.
    public func drip(_ bytes: [UInt8], pause: Duration = .milliseconds(10)) async throws -> String {
        var received: [UInt8] = []
        let deadline = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < deadline {
            guard let some = take() else { return String(decoding: received, as: UTF8.self) }
            received += some
            // Closed for sending: what it has sent is still to be read.
            if try await !send(bytes) { return String(decoding: received, as: UTF8.self) + (try await rest()) }
            if pause > .zero { try await Task.sleep(for: pause) }
        }
        throw NotYet(description: "the connection stays open, however long the bytes go on")
    }
}
