import HummingbirdCore

/// What a client would rather have (RFC 9110, section 12.5.1).
enum Accept {
    /// Whether the field names `text/html`, with a quality that is not below that of `application/json`: as browsers do,
    /// and programs do not.
    static func prefersPage(_ field: String) -> Bool {
        var html = 0
        var json = Weight(specificity: 0, quality: 0)
        for range in field.utf8.split(separator: UInt8(ascii: ",")) {
            let parts = range.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
            guard let quality = quality(parts.dropFirst()) else { continue }
            switch trimmed(parts[0]).lowercased() {
            case "text/html": html = max(html, quality)
            case "application/json": json = max(json, Weight(specificity: 3, quality: quality))
            case "application/*": json = max(json, Weight(specificity: 2, quality: quality))
            case "*/*": json = max(json, Weight(specificity: 1, quality: quality))
            default: break
            }
        }
        return html > 0 && html >= json.quality
    }

    /// What is said of one type by several ranges: the most specific counts.
    private struct Weight: Comparable {
        /// Of `*/*` 1, of `application/*` 2, of the type itself 3.
        let specificity: Int
        let quality: Int

        static func < (one: Weight, other: Weight) -> Bool {
            (one.specificity, one.quality) < (other.specificity, other.quality)
        }
    }

    /// In thousandths; 1000 where there is none, `nil` where it is none (RFC 9110, section 12.4.2).
    private static func quality(_ parameters: ArraySlice<Substring.UTF8View>) -> Int? {
        let weights = parameters.map(trimmed).filter { $0.hasPrefix("q=") || $0.hasPrefix("Q=") }
        guard let weight = weights.first else { return 1000 }
        let digits = weight.utf8.dropFirst(2)
        guard weights.count == 1, (1...5).contains(digits.count), let whole = digits.first,
            whole == UInt8(ascii: "0") || whole == UInt8(ascii: "1"),
            digits.dropFirst().first ?? UInt8(ascii: ".") == UInt8(ascii: ".")
        else { return nil }
        var value = Int(whole - UInt8(ascii: "0")) * 1000
        var unit = 100
        for digit in digits.dropFirst(2) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value += Int(digit - UInt8(ascii: "0")) * unit
            unit /= 10
        }
        return value <= 1000 ? value : nil
    }

    /// Without the blanks around it.
    private static func trimmed(_ bytes: Substring.UTF8View) -> Substring {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var bytes = bytes.drop(while: isBlank)
        while let last = bytes.last, isBlank(last) { bytes.removeLast() }
        return Substring(bytes)
    }
}

extension Request {
    /// Whether a page is the answer, where there is one.
    var prefersPage: Bool { headers[.accept].map(Accept.prefersPage) ?? false }
}
