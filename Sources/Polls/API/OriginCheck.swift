import HTTPTypes
import HummingbirdCore

/// Refuses what a browser sends because a page of another origin told it to. Tenants of one base domain are the same site
/// to a browser, so that only the same origin counts. Clients that are no browsers send none of these fields.
enum OriginCheck {
    /// - Parameter authority: the request's own, as its client named it.
    /// - Throws: ``Problem`` 403, for a request that may change something.
    static func check(_ request: Request, authority: String) throws {
        if request.method == .get || request.method == .head { return }
        if let site = request.headers[.secFetchSite], site != "same-origin" && site != "none" {
            throw Problem.foreignOrigin
        }
        if let origin = request.headers[.origin], !isSame(origin, authority) { throw Problem.foreignOrigin }
    }

    /// A front door passes the host on without its port, and may speak TLS: where the authority has no port, none is
    /// compared. `Sec-Fetch-Site` sees the difference.
    private static func isSame(_ origin: String, _ authority: String) -> Bool {
        let origin = origin.lowercased()
        guard let scheme = ["http://", "https://"].first(where: { origin.hasPrefix($0) }) else { return false }
        let theirs = split(origin.dropFirst(scheme.count))
        let ours = split(authority.lowercased()[...])
        guard theirs.name == ours.name else { return false }
        guard let port = ours.port else { return true }
        return (theirs.port ?? (scheme == "https://" ? "443" : "80")) == port
    }

    /// A host without its trailing dot, and its port.
    private static func split(_ authority: Substring) -> (name: Substring, port: Substring?) {
        var (name, port) = (authority, Substring?.none)
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            (name, port) = (authority[..<colon], authority[authority.index(after: colon)...])
        }
        if name.hasSuffix(".") { name.removeLast() }
        return (name, port)
    }
}
