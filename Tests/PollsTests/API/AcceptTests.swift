import Testing

@testable import Polls

/// Who gets a page, and who gets JSON.
@Suite struct AcceptTests {
    @Test(arguments: [
        // Firefox, Chromium, Safari, lynx, w3m.
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
        "text/html, text/plain, text/sgml, text/css, */*;q=0.01", "text/html, text/*;q=0.5, image/*",
        "text/html", "TEXT/HTML", " text/html ;q=0.5 ", "text/html;charset=utf-8", "text/html, application/json",
        "application/json;q=0.5, text/html;q=0.5", "text/html;q=0.001", "*/*, text/html",
        "application/json;q=0, text/html",
        "application/*;q=0.9, application/json;q=0.1, text/html;q=0.5", "text/html;q=0.9, application/json;Q=0.8",
        ",,text/html,,", "application/json;q=2, text/html",
    ])
    func aPage(field: String) {
        #expect(Accept.prefersPage(field), "\(field)")
    }

    @Test(arguments: [
        "", "*/*", "application/json", "text/*", "text/plain", "application/json, text/plain, */*", "text/html;q=0",
        "text/html;q=0.8, application/json", "text/html;q=0.5, */*", "text/html;q=0.5, application/*;q=0.6",
        "text/html;q=x", "text/html;q=1.1", "text/html;q=0.1234", "text/html;q=", "text/html;q=1;q=1", "text/htmlx",
        "xtext/html", "text/html/x", "application/xhtml+xml", ";", "text/html;q=-1", "text/html;q=é", "text/html;q=00",
    ])
    func json(field: String) {
        #expect(!Accept.prefersPage(field), "\(field)")
    }
}
