#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A file that the command line names, `-` for standard input. It may be a pipe, as `<(generate-names)` is.
enum InputFile {
    /// - Throws: ``WrongUse``.
    static func read(_ path: String) throws -> String {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY)
        guard descriptor >= 0 else { throw unreadable(path) }
        defer { if path != "-" { close(descriptor) } }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = systemRead(descriptor, &buffer), count != 0 {
            guard count > 0 else {
                if errno == EINTR { continue }
                throw unreadable(path)
            }
            bytes += buffer.prefix(count)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw WrongUse("\(path) is not UTF-8 text.") }
        return text
    }

    private static func unreadable(_ path: String) -> WrongUse {
        WrongUse("\(path) cannot be read: \(String(cString: strerror(errno))).")
    }

    private static func systemRead(_ descriptor: CInt, _ buffer: inout [UInt8]) -> Int {
        #if canImport(Glibc)
        Glibc.read(descriptor, &buffer, buffer.count)
        #else
        Darwin.read(descriptor, &buffer, buffer.count)
        #endif
    }
}

extension StringProtocol {
    /// Without white space at either end.
    func trimmingSpace() -> String {
        var rest = self[...]
        while rest.first?.isWhitespace ?? false { rest.removeFirst() }
        while rest.last?.isWhitespace ?? false { rest.removeLast() }
        return String(rest)
    }
}
