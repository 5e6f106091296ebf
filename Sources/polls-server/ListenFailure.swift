import NIOCore
import Settings

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Why the server cannot listen where it was told to, and what to do.
enum ListenFailure {
    /// - Returns: `nil` for what has nothing to do with the address.
    static func explain(_ error: IOError, _ settings: Settings) -> String? {
        let (host, port) = (settings.host, settings.port)
        switch error.errnoCode {
        case EADDRINUSE where settings.isSocket:
            return "\(host) is taken; remove the file if nobody listens there, or choose another with --host or HOST"
        case EADDRINUSE: return "port \(port) of \(host) is taken; choose another with --port or PORT"
        case EADDRNOTAVAIL: return "\(host) is no address of this machine's; choose another with --host or HOST"
        case EACCES where !settings.isSocket:
            return "this user may not listen on port \(port); choose one from 1024 on with --port or PORT"
        case EACCES, ENOENT, ENOTDIR, EROFS:
            let reason = String(cString: strerror(error.errnoCode))
            return "no socket can be made at \(host): \(reason); choose another with --host or HOST"
        default: return nil
        }
    }

    /// - Returns: `nil` for what is no failure to find the address.
    static func explain(address error: any Error, _ settings: Settings) -> String? {
        switch error {
        case is SocketAddressError.UnknownHost:
            "\(settings.host) leads to no address; give --host or HOST one of this machine's, such as 127.0.0.1"
        case SocketAddressError.unixDomainSocketPathTooLong:
            "the path of the socket \(settings.host) is too long; choose a shorter one with --host or HOST"
        default: nil
        }
    }
}

extension Settings {
    /// Whether the server listens at a socket of this machine rather than at a port.
    var isSocket: Bool { host.hasPrefix("unix:") }
}
