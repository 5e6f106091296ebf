/// What was waited for did not come.
public struct NotYet: Error, CustomStringConvertible {
    public let description: String

    public init(description: String) { self.description = description }
}
