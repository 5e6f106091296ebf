/// A text that neither a log nor a dump shows.
public struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The text itself.
    public let revealed: String

    /// Hides `text`.
    public init(_ text: String) { self.revealed = text }

    /// Always the same.
    public var description: String { "(secret)" }
    /// Always the same.
    public var debugDescription: String { description }
    /// No children: `dump` prints those.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
