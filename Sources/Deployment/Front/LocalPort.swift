import Glibc

/// A port of this machine.
enum LocalPort {
    /// Refuses where no front door could listen now.
    /// - Parameter address: such as `127.0.0.1:8080`; a port alone is every address's. Of `[::1]:8080` only the form is
    ///   looked at.
    static func check(_ address: String) throws(DeploymentError) {
        let colon = address.lastIndex(of: ":")
        let host = colon.map { String(address[..<$0]) } ?? "0.0.0.0"
        let isIPv6 = host.hasPrefix("[") && host.hasSuffix("]")
        guard let port = UInt16(colon.map { address[address.index(after: $0)...] } ?? address[...]),
            isIPv6 || inet_addr(host) != INADDR_NONE
        else {
            throw DeploymentError(
                .badInput,
                "\(address.debugDescription) is no address of nginx's",
                next: "Give --publish or POLLS_PUBLISH one such as 127.0.0.1:8080."
            )
        }
        if isIPv6 { return }
        switch bind(host, port) {
        case EADDRINUSE:
            throw DeploymentError(
                .portTaken,
                "\(address) is taken, and not by a front door of polls",
                next: "If that is polls-server, start it with another PORT. Else stop it, or have the front door "
                    + "elsewhere: --publish or POLLS_PUBLISH."
            )
        case EADDRNOTAVAIL:
            throw DeploymentError(
                .badInput,
                "\(host) is no address of this machine's",
                next: "Give --publish or POLLS_PUBLISH another one: see ip address."
            )
        // A right that this user lacks, nginx may have.
        default: return
        }
    }

    /// - Returns: why nobody can listen there, as errno; 0: it is free.
    private static func bind(_ host: String, _ port: UInt16) -> CInt {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        var one: CInt = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<CInt>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr(host)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return bound == 0 ? 0 : errno
    }
}
