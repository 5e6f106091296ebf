#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Standard input, output and error, as whoever started the process has left them.
public enum StandardStreams {
    /// Takes the places of those that are closed, so that no file or connection gets one, and what is printed or logged
    /// never goes into that. Writing to one of them fails. Before anything is opened.
    public static func occupy() {
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) < 0 {
            // The lowest number that is free.
            _ = open("/dev/null", O_RDONLY)
        }
    }

    /// Makes writing to a pipe that nobody reads an error: it would end the program in the middle of its work. Programs
    /// that are started find the signal as it was.
    public static func surviveClosedPipes() { signal(SIGPIPE) { _ in } }
}
