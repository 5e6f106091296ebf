import Markup
import Testing

/// Text goes into HTML as text.
@Suite struct HTMLTests {
    @Test(arguments: [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("\" onclick='x' a=\"", "&quot; onclick=&#39;x&#39; a=&quot;"), ("&lt;", "&amp;lt;"), ("a\r\nb", "a&#13;\nb"),
        ("</textarea>", "&lt;/textarea&gt;"), ("ﷺ🏳️‍🌈\u{202E}\u{7}", "ﷺ🏳️‍🌈\u{202E}\u{7}"), ("", ""),
    ])
    func textIsEscaped(text: String, escaped: String) {
        let html: HTML = "<b title=\"\(text)\">\(text)</b>"
        #expect(html.text == "<b title=\"\(escaped)\">\(escaped)</b>")
    }

    @Test func htmlWithinHTMLStaysWhatItIs() {
        let pieces: [HTML] = ["<i>\("<")</i>", "<br>"]
        let none: HTML? = nil
        let html: HTML = "<p>\(pieces)\(none)\(Int64.min)\(HTML(unsafeRaw: "<hr>"))</p>"
        #expect(html.text == "<p><i>&lt;</i><br>-9223372036854775808<hr></p>")
    }
}
