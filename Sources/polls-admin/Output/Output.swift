import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Standard output and standard error, unbuffered: a token that was printed is never lost.
enum Output {
    /// Writes lines to standard output.
    static func line(_ text: String) {
        if let error = write(text + "\n", to: STDOUT_FILENO) { failure.withLock { $0 = $0 ?? error } }
    }

    /// Why not all lines could be written, with an error's number; `nil`: they were.
    static var lost: CInt? { failure.withLock { $0 } }

    private static let failure = Mutex<CInt?>(nil)

    /// Writes what went wrong to standard error, after the program's name.
    static func error(_ text: String) { write("polls-admin: \(text)\n", to: STDERR_FILENO) }

    /// Writes over the line of the terminal that standard error is at.
    static func overwrite(_ text: String) { write("\r" + text, to: STDERR_FILENO) }

    /// Whether a person reads standard error.
    static var hasTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Asks on the terminal, and reads a line from it.
    static func ask(_ question: String) -> String? {
        write(question, to: STDERR_FILENO)
        return readLine()
    }

    /// Whether a person sits at standard input.
    static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 }

    /// Whether standard output is a terminal.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Standard output, for what is no text.
    static let descriptor = STDOUT_FILENO

    /// - Returns: the error's number when not all of it could be written.
    @discardableResult
    private static func write(_ text: String, to descriptor: CInt) -> CInt? {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { systemWrite(descriptor, $0) }
            if count < 0, errno != EINTR { return errno }
            rest = rest.dropFirst(max(0, count))
        }
        return nil
    }

    private static func systemWrite(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
        Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #else
        Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }
}
