import HTTPTypes

/// The addresses of the API. Each works with and without its trailing slash.
enum Route: Equatable {
    case root
    case live
    case ready
    case polls
    case poll(Int64)
    case choices(Int64)
    case vote(poll: Int64, choice: Int64)
    case results(Int64)

    /// - Parameter path: a request's path, without its query.
    init?(path: Substring) {
        var parts = path.split(separator: "/", omittingEmptySubsequences: false)[...]
        guard parts.popFirst() == "" else { return nil }
        if parts.last == "" { parts.removeLast() }
        switch (parts.first, parts.count) {
        case (nil, 0): self = .root
        case ("livez", 1): self = .live
        case ("readyz", 1): self = .ready
        case ("polls", 1): self = .polls
        case ("polls", _):
            guard let id = Self.id(parts[parts.startIndex + 1]) else { return nil }
            let rest = parts.dropFirst(2)
            switch (rest.first, rest.count) {
            case (nil, _): self = .poll(id)
            case ("choices", 1): self = .choices(id)
            case ("results", 1): self = .results(id)
            case ("choices", 3) where rest.last == "vote":
                guard let choice = Self.id(rest[rest.startIndex + 1]) else { return nil }
                self = .vote(poll: id, choice: choice)
            default: return nil
            }
        default: return nil
        }
    }

    /// A positive number as it is written: no sign, no leading zero.
    private static func id(_ text: Substring) -> Int64? {
        guard let first = text.utf8.first, (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(first) else { return nil }
        return text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int64(text) : nil
    }

    /// What the address takes; HEAD goes with GET.
    var methods: [HTTPRequest.Method] {
        switch self {
        case .root, .live, .ready, .results: [.get, .head]
        case .polls, .choices: [.get, .head, .post]
        case .poll: [.get, .head, .patch, .delete]
        case .vote: [.post]
        }
    }

    /// The address with its numbers named, for logs.
    var template: StaticString {
        switch self {
        case .root: "/"
        case .live: "/livez"
        case .ready: "/readyz"
        case .polls: "/polls/"
        case .poll: "/polls/{id}/"
        case .choices: "/polls/{id}/choices/"
        case .vote: "/polls/{id}/choices/{cid}/vote/"
        case .results: "/polls/{id}/results/"
        }
    }
}
