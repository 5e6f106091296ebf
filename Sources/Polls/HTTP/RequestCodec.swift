import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import Tenancy

/// Between NIO's HTTP/1 messages and Hummingbird's: the host guard's first half, where the request line and every
/// `Host` field can still be seen. A request whose target and hosts disagree goes on without an authority.
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

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard let method = HTTPRequest.Method(head.method.rawValue) else {
                context.fireErrorCaught(HTTPParserError.invalidMethod)
                return
            }
            let route = HostGuard.route(target: head.uri, hosts: head.headers["host"])
            var fields = HTTPFields()
            fields.reserveCapacity(head.headers.count)
            for (name, value) in head.headers {
                if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
            }
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
        case .head(let response):
            closesAfterAnswer = response.headerFields[.connection] == "close"
            var headers = HTTPHeaders()
            headers.reserveCapacity(response.headerFields.count + 1)
            headers.add(name: "Date", value: DateField.now)
            for field in response.headerFields { headers.add(name: field.name.rawName, value: field.value) }
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
            if closesAfterAnswer {
                context.flush()
                context.close(promise: nil)
            }
        }
    }
}
