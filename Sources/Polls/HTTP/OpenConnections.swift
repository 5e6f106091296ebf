import NIOCore
import Synchronization

/// How many clients are connected: where few more may be, idle ones make room.
final class OpenConnections: Sendable {
    /// How long a connection may be idle while they are scarce.
    static let idleTime = TimeAmount.seconds(1)

    private let limit: Int
    private let count = Atomic(0)

    init(limit: Int) { self.limit = limit }

    func add(_ difference: Int) { count.add(difference, ordering: .relaxed) }

    var areScarce: Bool { count.load(ordering: .relaxed) > limit * 3 / 4 }
}
