import CLibpq

/// What it takes to ask a server to give up what one connection runs: made on the loop, used by a thread that may wait.
///
/// `@unchecked` because `PQcancel` only reads the `PGcancel`, and libpq means it for another thread than the connection's
/// (manual, "Canceling Queries in Progress"). It has a copy of the server's address, holds no `PGconn`, and is freed once,
/// here.
final class CancelRequest: @unchecked Sendable {
    private let pointer: OpaquePointer

    /// Takes ownership of what `PQgetCancel` has made.
    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { PQfreeCancel(pointer) }

    /// Sends it on a connection of its own. Blocks until the server has taken it.
    func send() {
        var reason = [CChar](repeating: 0, count: 256)
        _ = PQcancel(pointer, &reason, Int32(reason.count))
    }
}
