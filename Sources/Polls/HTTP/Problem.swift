import HTTPTypes
import HummingbirdCore
import NIOCore

/// An answer that says what went wrong: `application/problem+json` (RFC 9457). It never carries a database's words.
struct Problem: Error {
    let status: HTTPResponse.Status
    let title: StaticString
    var detail: String?
    /// The member of the request's body that is wrong.
    var field: String?
    var headers = HTTPFields()

    static func malformed(_ detail: String) -> Problem {
        Problem(status: .badRequest, title: "Malformed request", detail: detail)
    }

    /// The same for hosts that never were, that are reserved and that are no more.
    static let unknownHost = Problem(
        status: .notFound,
        title: "Not found",
        detail: "Nothing is served under this host name."
    )

    static let notFound = Problem(status: .notFound, title: "Not found", detail: "There is nothing at this address.")

    static let unauthorized = Problem(
        status: .unauthorized,
        title: "Unauthorized",
        detail: "Writing needs an API token of this tenant, as \"Authorization: Bearer TOKEN\".",
        headers: [.wwwAuthenticate: "Bearer"]
    )

    static let foreignOrigin = Problem(
        status: .forbidden,
        title: "Forbidden",
        detail: "A page of another site sent this. Nothing was done."
    )

    static func methodNotAllowed(_ allowed: [HTTPRequest.Method]) -> Problem {
        let names = allowed.map(\.rawValue).joined(separator: ", ")
        return Problem(
            status: .methodNotAllowed,
            title: "Method not allowed",
            detail: "Use \(names).",
            headers: [.allow: names]
        )
    }

    static func conflict(_ detail: String) -> Problem {
        Problem(status: .conflict, title: "Conflict", detail: detail)
    }

    static func contentTooLarge(limit bytes: Int) -> Problem {
        Problem(
            status: .contentTooLarge,
            title: "Content too large",
            detail: "A body may have at most \(bytes) bytes.",
            headers: [.connection: "close"]
        )
    }

    static let unsupportedMediaType = Problem(
        status: .unsupportedMediaType,
        title: "Unsupported media type",
        detail: "Send the body as plain JSON, with \"Content-Type: application/json\"."
    )

    static func invalid(_ field: String, _ detail: String) -> Problem {
        Problem(status: .unprocessableContent, title: "Unprocessable content", detail: detail, field: field)
    }

    static let tooManyRequests = Problem(
        status: .tooManyRequests,
        title: "Too many requests",
        detail: "This tenant has too many requests waiting already.",
        headers: [.retryAfter: "1"]
    )

    static func unavailable(_ detail: String, retryAfter seconds: Int) -> Problem {
        Problem(
            status: .serviceUnavailable,
            title: "Service unavailable",
            detail: detail,
            headers: [.retryAfter: "\(seconds)"]
        )
    }

    static let mediaType = "application/problem+json"

    /// The document.
    var json: ByteBuffer {
        var json = JSONWriter()
        json.raw("{\"type\":\"about:blank\",\"title\":\"")
        json.raw(title)
        json.raw("\",\"status\":")
        json.number(Int64(status.code))
        if let detail {
            json.raw(",\"detail\":")
            json.string(detail)
        }
        if let field {
            json.raw(",\"field\":")
            json.string(field)
        }
        json.raw("}")
        return json.buffer
    }

    var response: Response {
        var headers = headers
        headers[.contentType] = Self.mediaType
        return Response(status: status, headers: headers, body: .init(byteBuffer: json))
    }
}
