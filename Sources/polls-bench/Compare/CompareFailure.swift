/// What kept the comparison, or a part of it, from being made.
struct CompareFailure: Error, CustomStringConvertible {
    let what: String
    let next: String

    init(_ what: String, next: String) {
        self.what = what
        self.next = next
    }

    var description: String { "\(what). \(next)" }
}
