import Markup

/// A point of a level's line: a shape for each level, so that colour is not all that tells them apart.
struct Marker {
    let level: Level
    let x: Double
    let y: Double

    var html: HTML {
        switch level {
        case .schema: "<circle class=\"mark\" cx=\"\(at: x)\" cy=\"\(at: y)\" r=\"4\"/>"
        case .database:
            "<rect class=\"mark\" x=\"\(at: x - 3.8)\" y=\"\(at: y - 3.8)\" width=\"7.6\" height=\"7.6\" rx=\"1\"/>"
        case .container:
            "<path class=\"mark\" d=\"M\(at: x) \(at: y - 5)l4.8 8.6h-9.6z\"/>"
        }
    }
}
