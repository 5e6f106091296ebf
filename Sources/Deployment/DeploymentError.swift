import Provisioning

/// What the container level failed on: what happened to what, and what to do next.
public struct DeploymentError: ContainerFailure, Sendable, CustomStringConvertible {
    /// The kind of failure: what a caller decides by.
    public enum Code: String, Sendable {
        /// No Docker engine answers.
        case noEngine
        /// Neither `docker compose` nor `docker-compose` is there.
        case noCompose
        /// A program that the processes need is not installed.
        case programMissing
        /// An image is neither here nor to be had.
        case imageMissing
        /// The front door's port is another program's.
        case portTaken
        case diskFull
        /// A file that Compose or nginx refuses, or a value that cannot stand in one.
        case badInput
        /// Every subnet of the range is taken.
        case subnetsExhausted
        /// A file of the deployment's folder cannot be read or written.
        case folder
        /// Another command is changing the same thing.
        case busy
        /// Something was started and did not come up.
        case notReady
        /// The engine refused for another reason.
        case engine
    }

    public let code: Code
    /// What happened to what, without a full stop.
    public let message: String
    /// What to do next, as a sentence.
    public let next: String
    /// What the program concerned said last, where it said anything.
    public let output: String

    public init(_ code: Code, _ message: String, next: String, output: String = "") {
        self.code = code
        self.message = message
        self.next = next
        self.output = output
    }

    /// Everything, fit for an operator.
    public var description: String { "\(message). \(advice)" }

    /// - Parameter example: what the setting may be.
    static func noShared(example: String) -> DeploymentError {
        DeploymentError(
            .badInput,
            "a tenant that leaves its container is the shared server's, and the front door knows of none. "
                + "Nothing was changed",
            next: "Say in --shared-server or POLLS_SHARED_SERVER where it listens, as the front door reaches it, "
                + "such as \(example)."
        )
    }
}
