/// What runs the tenants of the level `container`.
public enum RuntimeKind: String, Sendable, CaseIterable {
    /// A Docker engine.
    case docker
    /// Processes of this machine.
    case process
}
