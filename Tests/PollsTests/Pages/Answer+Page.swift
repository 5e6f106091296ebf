import TestSupport

extension TestClient.Answer {
    /// The key of the form on a poll's page.
    var key: String? {
        guard let start = body.firstRange(of: "name=\"key\" value=\"") else { return nil }
        return String(body[start.upperBound...].prefix { $0 != "\"" })
    }

    /// How many tags the page has.
    var tags: Int { body.utf8.count { $0 == UInt8(ascii: "<") } }
}
