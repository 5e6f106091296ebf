import Foundation

/// What a person does with a browser, and sees in it. Elements are named by CSS selectors.
extension Browser {
    public func open(_ url: String) async throws { try await send("POST", "/url", ["url": url]) }

    /// The button for the page before.
    public func back() async throws { try await send("POST", "/back", [:]) }

    public func reload() async throws { try await send("POST", "/refresh", [:]) }

    public var url: String { get async throws { try await ask("GET", "/url") } }

    public var title: String { get async throws { try await ask("GET", "/title") } }

    public func click(_ selector: String) async throws {
        try await send("POST", "/element/\(try await only(selector))/click", [:])
    }

    /// Follows the link of this text.
    public func follow(_ text: String) async throws {
        let links = try await find("link text", text)
        guard links.count == 1, let link = links.first else {
            throw NotYet(description: "\(try await url) has \(links.count) links \"\(text)\"")
        }
        try await send("POST", "/element/\(link)/click", [:])
    }

    public func type(_ text: String, into selector: String) async throws {
        try await send("POST", "/element/\(try await only(selector))/value", ["text": text])
    }

    /// What a person reads there.
    public func text(_ selector: String) async throws -> String {
        try await ask("GET", "/element/\(try await only(selector))/text")
    }

    /// A property of the element, such as `value`.
    public func property(_ name: String, of selector: String) async throws -> String {
        try await ask("GET", "/element/\(try await only(selector))/property/\(name)")
    }

    public func count(_ selector: String) async throws -> Int { try await find("css selector", selector).count }

    /// Waits until the address ends like this.
    public func isAt(_ end: String) async throws -> Bool { try await eventually { try await url.hasSuffix(end) } }

    private func only(_ selector: String) async throws -> String {
        let elements = try await find("css selector", selector)
        guard elements.count == 1, let element = elements.first else {
            throw NotYet(description: "\(try await url) has \(elements.count) of \(selector)")
        }
        return element
    }

    private func find(_ strategy: String, _ value: String) async throws -> [String] {
        let elements: [[String: String]] = try await ask("POST", "/elements", ["using": strategy, "value": value])
        return elements.flatMap(\.values)
    }

    /// What was written to the console since it was last read: errors of scripts, refusals of the page's own policy, and
    /// what could not be loaded.
    public var console: [String] {
        get async throws { try await log("browser") }
    }

    /// The addresses of all that was asked for since they were last read.
    public var requests: [String] {
        get async throws {
            struct Event: Decodable {
                struct Message: Decodable {
                    struct Parameters: Decodable {
                        struct Request: Decodable { let url: String }
                        let request: Request?
                    }
                    let method: String
                    let params: Parameters
                }
                let message: Message
            }
            return try await log("performance").compactMap { line in
                let event = try? JSONDecoder().decode(Event.self, from: Data(line.utf8)).message
                return event?.method == "Network.requestWillBeSent" ? event?.params.request?.url : nil
            }
        }
    }

    private func log(_ kind: String) async throws -> [String] {
        struct Entry: Decodable, Sendable { let message: String }
        let entries: [Entry] = try await ask("POST", "/se/log", ["type": kind])
        return entries.map(\.message)
    }

    /// How many cookies the page has left.
    public var cookies: Int {
        get async throws {
            struct Cookie: Decodable, Sendable { let name: String }
            let cookies: [Cookie] = try await ask("GET", "/cookie")
            return cookies.count
        }
    }
}
