/// How far a sequence is.
public struct SequenceValue: Codable, Sendable, Equatable {
    public let name: String
    public let lastValue: Int64
    /// Whether the last value was given out.
    public let isCalled: Bool
}
