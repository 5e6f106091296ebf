/// Rows under a header, in aligned columns.
struct Table {
    let header: [String]
    private(set) var rows: [[String]] = []
    /// Width of each column, in characters.
    private var widths: [Int]

    /// - Parameter widths: the least widths, for a table that is printed row by row.
    init(_ header: String..., widths: [Int] = []) { self.init(header: header, widths: widths) }

    init(header: [String], widths: [Int] = []) {
        self.header = header
        self.widths = header.enumerated().map { max($1.count, $0 < widths.count ? widths[$0] : 0) }
    }

    mutating func add(_ row: [String]) {
        let row = row.map(Self.printable)
        for (column, cell) in row.enumerated() { widths[column] = max(widths[column], cell.count) }
        rows.append(row)
    }

    /// The header and all rows.
    var text: String { ([header] + rows).map(line).joined(separator: "\n") }

    /// One row as it would stand in the table.
    func line(_ row: [String]) -> String {
        var text = ""
        for (column, cell) in row.enumerated() {
            text += cell
            if column < row.count - 1 { text += String(repeating: " ", count: max(0, widths[column] - cell.count) + 2) }
        }
        while text.last == " " { text.removeLast() }
        return text
    }

    /// Without what would move the terminal's cursor.
    private static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var printable = ""
        for scalar in text.unicodeScalars {
            printable += isControl(scalar) ? scalar.escaped(asASCII: false) : String(scalar)
        }
        return printable
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
    }
}
