import NIOCore

/// Closes a connection on which much arrives that the decoder makes nothing of, and keeps: blanks before a header's value,
/// or whatever follows a request to speak another protocol.
final class UnparsedBytes: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// More than one read brings, and the longest header.
    private static let limit = 128 * 1024

    private var count = 0

    /// The decoder has made something of it.
    func clear() { count = 0 }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        count += unwrapInboundIn(data).readableBytes
        context.fireChannelRead(data)
        if count > Self.limit { context.close(promise: nil) }
    }
}
