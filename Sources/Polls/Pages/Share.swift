/// A part of a whole as people read it: in tenths of a percent, from 0 to 100, whatever the numbers are.
struct Share {
    private let tenths: Int

    init(_ part: Int64, of whole: Int64) {
        tenths = whole > 0 ? Int((max(0, min(Double(part) / Double(whole), 1)) * 1000).rounded()) : 0
    }

    /// Such as `37.5%`.
    var text: String { tenths % 10 == 0 ? "\(tenths / 10)%" : "\(tenths / 10).\(tenths % 10)%" }
}
