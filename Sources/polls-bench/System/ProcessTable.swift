import FoundationEssentials

/// The processes of this machine at one moment, as /proc has them (proc(5)).
struct ProcessTable: Sendable {
    struct Entry: Equatable, Sendable {
        let id: Int32
        let parent: Int32
        /// `Z`: it has ended, and its parent has not heard yet.
        let state: Character
    }

    private let entries: [Int32: Entry]
    private let children: [Int32: [Int32]]

    init(_ list: [Entry]) {
        entries = Dictionary(list.map { ($0.id, $0) }) { first, _ in first }
        children = Dictionary(grouping: list, by: \.parent).mapValues { $0.map(\.id).sorted() }
    }

    static func read() -> ProcessTable {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return ProcessTable(
            names.compactMap { name in
                guard Int32(name) != nil,
                    let line = try? String(contentsOfFile: "/proc/\(name)/stat", encoding: .utf8)
                else { return nil }
                return Entry(stat: line)
            }
        )
    }

    /// The living processes below some others, without those.
    func descendants(of roots: [Int32]) -> [Int32] {
        var found: [Int32] = []
        var waiting = roots.flatMap { children[$0] ?? [] }
        var seen = Set(roots)
        while let next = waiting.popLast() {
            guard seen.insert(next).inserted else { continue }
            if entries[next]?.state != "Z" { found.append(next) }
            waiting += children[next] ?? []
        }
        return found.sorted()
    }

    func parent(of id: Int32) -> Int32? { entries[id]?.parent }
}

extension ProcessTable.Entry {
    /// Reads a line of /proc/PID/stat: `4711 (some (name)) S 1 …`. The name may hold anything, parentheses too.
    init?(stat line: String) {
        guard let id = Int32(line.prefix { $0.isNumber }), let end = line.lastIndex(of: ")") else { return nil }
        let fields = line[line.index(after: end)...].split(separator: " ")
        guard fields.count > 1, let state = fields[0].first, let parent = Int32(fields[1]) else { return nil }
        self.init(id: id, parent: parent, state: state)
    }
}
