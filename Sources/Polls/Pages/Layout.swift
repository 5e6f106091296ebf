import HTTPTypes
import HummingbirdCore
import Markup
import NIOCore

/// What all pages have in common: the frame around their content, and the header fields that go with it.
struct Layout {
    /// What the page is about, for the window and for the list of visited pages.
    let title: String
    /// The tenant's name; `nil` where nobody is served.
    let site: String?
    let content: HTML

    var html: HTML {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(title) · \(site.map { "\($0) polls" } ?? "Polls")</title>
        <link rel="icon" href="\(Self.icon)">
        <style>\(Stylesheet.css)</style>
        </head>
        <body>
        \(site.map { "<header><a href=\"/polls/\"><b>\($0)</b> polls</a></header>" as HTML })
        <main>
        \(content)
        </main>
        </body>
        </html>

        """
    }

    /// Three bars, within the page: a browser without one asks for a file.
    private static let icon =
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
        + "%3Cpath fill='%23237a6b' d='M1 2h14v3H1zM1 6.5h9v3H1zM1 11h5v3H1z'/%3E%3C/svg%3E"

    /// - Parameter fields: those that a problem has of its own.
    func response(_ status: HTTPResponse.Status = .ok, _ fields: HTTPFields = [:]) -> Response {
        var headers = fields
        headers[.contentType] = "text/html; charset=utf-8"
        headers[.vary] = "Accept"
        // A browser asks again, but for its way back: the form there has the key that it was sent with.
        headers[.cacheControl] = status == .ok ? "private, no-cache" : "no-store"
        headers[.contentSecurityPolicy] = Self.policy
        headers[.xContentTypeOptions] = "nosniff"
        // A stricter one would take the origin from the forms that are sent.
        headers[.referrerPolicy] = "same-origin"
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: html.text)))
    }

    /// Nothing is loaded from anywhere, and nothing runs.
    private static let policy =
        "default-src 'none'; style-src '\(Stylesheet.hash)'; img-src data:; "
        + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
}
