import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import Tenancy

/// Between NIO's HTTP/1 messages and Hummingbird's: the host guard's first half, where the request line and every
/// `Host` field can still be seen. A request whose target and hosts disagree goes on without an authority. And what of
/// HTTP/1 goes on between one message and the next: leave to send a body, and the connection's end.
///
/// It takes the place of swift-nio-extras' codec, which keeps neither the target's authority nor a second `Host`, and
/// parses each target as a URL.
final class RequestCodec: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// The answer under way says that the connection ends with it, whatever of the request is still to come.
    private var closesAfterAnswer = false
    /// Requests that are not answered to their end.
    private var unanswered = 0
    /// The last of them waits for leave to send its body, once those before it are answered.
    private var owesContinue = false
    /// The last of them is the client's last, or it speaks HTTP/1.0, or nothing after it can be understood.
    private var isLast = false

    private let bodyBytes: Int

    /// - Parameter bodyBytes: nobody gets leave to send more.
    init(bodyBytes: Int) { self.bodyBytes = bodyBytes }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard let method = HTTPRequest.Method(head.method.rawValue) else {
                context.fireErrorCaught(HTTPParserError.invalidMethod)
                return
            }
            unanswered += 1
            // Behind these the decoder expects another protocol.
            let wantsOther = head.method == .CONNECT || head.headers.contains(name: "upgrade")
            isLast = !head.isKeepAlive || wantsOther
            owesContinue = expectsContinue(head)
            giveLeave(context)
            let route = HostGuard.route(target: head.uri, hosts: head.headers["host"])
            var fields = HTTPFields()
            fields.reserveCapacity(head.headers.count)
            for (name, value) in head.headers {
                if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
            }
            // The one spelling that Hummingbird goes by.
            if isLast { fields[.connection] = "close" }
            let request = HTTPRequest(
                method: method,
                scheme: "http",
                authority: route?.authority,
                path: route?.path ?? "/",
                headerFields: fields
            )
            context.fireChannelRead(wrapInboundOut(.head(request)))
        case .body(let body): context.fireChannelRead(wrapInboundOut(.body(body)))
        case .end: context.fireChannelRead(wrapInboundOut(.end(nil)))
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let response) where response.status == .badRequest && response.headerFields[.contentLength] == "0":
            // Hummingbird's own, to what is no HTTP.
            refuse(context, promise)
        case .head(let response):
            closesAfterAnswer = response.headerFields[.connection] == "close"
            let isEnd = isLast && unanswered == 1
            if isEnd || closesAfterAnswer { announceEnd(context) }
            var headers = HTTPHeaders()
            headers.reserveCapacity(response.headerFields.count + 1)
            headers.add(name: "Date", value: DateField.now)
            for field in response.headerFields { headers.add(name: field.name.rawName, value: field.value) }
            if isEnd { headers.replaceOrAdd(name: "Connection", value: "close") }
            let status = HTTPResponseStatus(
                statusCode: response.status.code,
                reasonPhrase: response.status.reasonPhrase
            )
            context.write(
                wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))),
                promise: promise
            )
        case .body(let body): context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: promise)
        case .end:
            context.write(wrapOutboundOut(.end(nil)), promise: promise)
            unanswered -= 1
            if closesAfterAnswer {
                // Whatever of the request is still to come, nobody reads it.
                context.flush()
                context.close(mode: .output, promise: nil)
            } else {
                giveLeave(context)
            }
        }
    }

    /// Whether a client waits before it sends a body that will be read (RFC 9110, section 10.1.1).
    private func expectsContinue(_ head: HTTPRequestHead) -> Bool {
        guard head.version == .http1_1, let expected = head.headers.first(name: "expect"),
            expected.lowercased() == "100-continue"
        else { return false }
        return head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0 <= bodyBytes
    }

    /// Lets the client send its body, if it waits for that and no other answer is under way.
    private func giveLeave(_ context: ChannelHandlerContext) {
        guard owesContinue, unanswered == 1 else { return }
        owesContinue = false
        let head = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
    }

    private func announceEnd(_ context: ChannelHandlerContext) {
        context.triggerUserOutboundEvent(ConnectionDeadlines.Event.connectionEndsWithAnswer, promise: nil)
    }

    private func refuse(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        let problem = Problem.malformed("This is not a request of HTTP/1.1, or its header is too large.")
        let body = problem.json
        announceEnd(context)
        let headers: HTTPHeaders = [
            "Date": DateField.now, "Content-Type": Problem.mediaType, "Content-Length": "\(body.readableBytes)",
            "Connection": "close",
        ]
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .badRequest, headers: headers))),
            promise: promise
        )
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    }
}
