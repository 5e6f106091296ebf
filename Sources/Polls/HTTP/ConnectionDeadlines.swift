import NIOCore
import NIOHTTP1

/// Closes connections that take too long: for a request's headers, for its body, for reading an answer, or between
/// requests. Against clients that open many connections and drip bytes.
final class ConnectionDeadlines: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: HTTPLimits
    /// How long the timer sleeps at most. A deadline that is set while it sleeps may be nearer than the one before, and
    /// is seen so much late: to set the timer anew for each request would cost more.
    private let tick: TimeAmount
    private var deadline: NIODeadline
    private var timer: Scheduled<Void>?
    private var isReadingBody = false

    init(limits: HTTPLimits) {
        self.limits = limits
        tick = min(.seconds(1), limits.headerTimeout, limits.bodyTimeout, limits.requestTimeout, limits.idleTimeout)
        // From the first byte's chance to arrive until the headers are complete.
        deadline = .now() + limits.headerTimeout
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
            // The next request's headers, or what is left of this one's body, has the idle time to arrive.
            deadline = .now() + (isReadingBody ? .seconds(1) : limits.idleTimeout)
        }
        context.write(data, promise: promise)
    }

    private func schedule(_ context: ChannelHandlerContext) {
        guard timer == nil else { return }
        let next = min(deadline, .now() + tick)
        timer = context.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(deadline: next) {
            self.timer = nil
            guard self.deadline <= .now() else { return self.schedule(context) }
            context.close(promise: nil)
        }
    }

    private func stop() {
        timer?.cancel()
        timer = nil
    }
}
