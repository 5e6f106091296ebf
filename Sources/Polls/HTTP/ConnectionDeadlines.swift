import NIOCore
import NIOHTTP1

/// Closes connections that take too long: for a request's headers, for its body, for reading an answer, or between
/// requests. Against clients that open many connections and drip bytes, or leave them idle.
final class ConnectionDeadlines: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: HTTPLimits
    private let open: OpenConnections
    private let unparsed: UnparsedBytes
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
    /// The answer under way is the last.
    private var endsWithAnswer = false
    /// The last answer is written: nothing that still comes is read by anybody.
    private var isLingering = false

    /// Says, before an answer, that the connection ends with it.
    enum Event: Sendable { case connectionEndsWithAnswer }

    /// How long a client has to close after its last answer.
    private static let lingering = TimeAmount.milliseconds(800)

    init(limits: HTTPLimits, open: OpenConnections, unparsed: UnparsedBytes) {
        self.limits = limits
        self.unparsed = unparsed
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
        unparsed.clear()
        if isLingering { return }
        switch unwrapInboundIn(data) {
        case .head:
            isReadingBody = true
            unanswered += 1
            idleSince = nil
            deadline = .now() + limits.bodyTimeout
        case .body: break
        case .end:
            isReadingBody = false
            // It may have been answered before its end.
            if unanswered > 0 { deadline = .now() + limits.requestTimeout } else { beginIdleTime() }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            unanswered = max(0, unanswered - 1)
            if endsWithAnswer {
                linger(context)
            } else if unanswered > 0 {
                deadline = .now() + (isReadingBody ? limits.bodyTimeout : limits.requestTimeout)
            } else if isReadingBody {
                // What is left of the body has a moment to arrive.
                deadline = .now() + .seconds(1)
            } else {
                beginIdleTime()
            }
        }
        context.write(data, promise: promise)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard case Event.connectionEndsWithAnswer = event else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        endsWithAnswer = true
        promise?.succeed()
    }

    /// Leaves the client a moment to read its last answer. To close at once would take the answer back from it, where
    /// bytes of its own are on their way (RFC 9112, section 9.6).
    private func linger(_ context: ChannelHandlerContext) {
        guard !isLingering else { return }
        isLingering = true
        idleSince = nil
        deadline = .now() + Self.lingering
        timer?.cancel()
        timer = nil
        schedule(context)
    }

    /// Until the next request's headers.
    private func beginIdleTime() {
        let now = NIODeadline.now()
        deadline = now + limits.idleTimeout
        idleSince = now
    }

    /// Whoever closes the connection, an answer that the client has yet to take is sent to its end before.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, unsent(context) > 0 else { return context.close(mode: mode, promise: promise) }
        context.flush()
        closeOnceSent(context, promise, atLast: .now() + limits.requestTimeout)
    }

    private func closeOnceSent(
        _ context: ChannelHandlerContext,
        _ promise: EventLoopPromise<Void>?,
        atLast: NIODeadline
    ) {
        guard unsent(context) > 0, context.channel.isActive, .now() < atLast else {
            return context.close(mode: .all, promise: promise)
        }
        context.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: .milliseconds(20)) {
            self.closeOnceSent(context, promise, atLast: atLast)
        }
    }

    /// Bytes of answers that the system has not taken.
    private func unsent(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
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
            guard self.isOver(context, .now()) else { return self.schedule(context) }
            if self.isLingering { return self.close(context: context, mode: .all, promise: nil) }
            context.close(promise: nil)
        }
    }

    private func isOver(_ context: ChannelHandlerContext, _ now: NIODeadline) -> Bool {
        if deadline <= now { return true }
        guard let idleSince, open.areScarce, idleSince + OpenConnections.idleTime <= now else { return false }
        return unsent(context) == 0
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
