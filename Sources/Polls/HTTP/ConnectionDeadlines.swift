import NIOCore
import NIOHTTP1
import Synchronization

/// Closes connections that take too long: for a request's headers, for its body, for reading an answer, or between
/// requests. Against clients that open many connections and drip bytes, or leave them idle.
final class ConnectionDeadlines: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: HTTPLimits
    private let open: OpenConnections
    private var isCounted = false
    /// How long the timer sleeps at most. A deadline that is set while it sleeps may be nearer than the one before, and
    /// is seen so much late: to set the timer anew for each request would cost more.
    private let tick: TimeAmount
    private var deadline: NIODeadline
    private var timer: Scheduled<Void>?
    private var isReadingBody = false
    /// Requests that have begun and have no whole answer; a client may send the next before it has the last one's.
    private var unanswered = 0
    /// Since when it waits for its first or its next request.
    private var idleSince: NIODeadline?

    init(limits: HTTPLimits, open: OpenConnections) {
        self.limits = limits
        self.open = open
        tick = min(.seconds(1), limits.headerTimeout, limits.bodyTimeout, limits.requestTimeout, limits.idleTimeout)
        // From the first byte's chance to arrive until the headers are complete.
        let now = NIODeadline.now()
        deadline = now + limits.headerTimeout
        idleSince = now
    }

    func handlerAdded(context: ChannelHandlerContext) { if context.channel.isActive { schedule(context) } }
    func channelActive(context: ChannelHandlerContext) {
        schedule(context)
        context.fireChannelActive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }
    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            isReadingBody = true
            unanswered += 1
            idleSince = nil
            deadline = .now() + limits.bodyTimeout
        case .body: break
        case .end:
            isReadingBody = false
            deadline = .now() + limits.requestTimeout
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            unanswered = max(0, unanswered - 1)
            let now = NIODeadline.now()
            if unanswered > 0 {
                deadline = now + (isReadingBody ? limits.bodyTimeout : limits.requestTimeout)
            } else {
                // The next request's headers, or what is left of this one's body, has the idle time to arrive.
                deadline = now + (isReadingBody ? .seconds(1) : limits.idleTimeout)
                idleSince = now
            }
        }
        context.write(data, promise: promise)
    }

    private func schedule(_ context: ChannelHandlerContext) {
        guard timer == nil else { return }
        if !isCounted {
            isCounted = true
            open.add(1)
        }
        let next = min(deadline, .now() + tick)
        timer = context.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(deadline: next) {
            self.timer = nil
            guard self.isOver(.now()) else { return self.schedule(context) }
            context.close(promise: nil)
        }
    }

    private func isOver(_ now: NIODeadline) -> Bool {
        if deadline <= now { return true }
        guard let idleSince, open.areScarce else { return false }
        return idleSince + OpenConnections.idleTime <= now
    }

    private func stop() {
        timer?.cancel()
        timer = nil
        if isCounted {
            isCounted = false
            open.add(-1)
        }
    }
}

/// How many clients are connected: where few more may be, idle ones make room.
final class OpenConnections: Sendable {
    /// How long a connection may be idle while they are scarce.
    static let idleTime = TimeAmount.seconds(1)

    private let limit: Int
    private let count = Atomic(0)

    init(limit: Int) { self.limit = limit }

    func add(_ difference: Int) { count.add(difference, ordering: .relaxed) }

    var areScarce: Bool { count.load(ordering: .relaxed) > limit / 4 * 3 }
}
