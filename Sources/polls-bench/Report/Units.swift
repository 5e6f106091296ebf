/// Figures as people read them.
enum Units {
    /// `23,284`.
    static func count(_ value: Int) -> String {
        let digits = Array(String(abs(value)))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return (value < 0 ? "−" : "") + text
    }

    static func count(_ value: Double) -> String { value.isFinite ? count(Int(value.rounded())) : "–" }

    /// `1 tenant`, `20 tenants`.
    static func tenants(_ number: Int) -> String { count(number) + (number == 1 ? " tenant" : " tenants") }

    /// `41.2 MiB`.
    static func bytes(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        guard abs(value) >= 1024 else { return "\(value.text(0)) B" }
        var (value, index) = (value / 1024, 0)
        let units = ["KiB", "MiB", "GiB", "TiB"]
        while abs(value) >= 1024, index < units.count - 1 { (value, index) = (value / 1024, index + 1) }
        return "\(short(value)) \(units[index])"
    }

    /// `38 ms`, `1.9 s`, `3 min 20 s`.
    static func seconds(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        if value < 1 { return "\(short(value * 1000)) ms" }
        if value < 120 { return "\(short(value)) s" }
        let whole = Int(value.rounded())
        if whole < 7200 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }

    /// Milliseconds: `0.38 ms`, `2.3 ms`, `310 ms`.
    static func milliseconds(_ value: Double) -> String { value.isFinite ? "\(short(value)) ms" : "–" }

    /// About two digits that count: `0.38`, `4.1`, `41`, `1,240`.
    static func short(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        let size = abs(value)
        if value == 0 || size >= 99.5 { return count(value) }
        if size >= 9.95 { return value.text(0) }
        return size >= 0.995 ? value.text(1) : value.text(2)
    }
}
