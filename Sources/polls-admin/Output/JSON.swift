import Deployment
import FoundationEssentials
import Postgres
import Provisioning

/// What `--json` prints.
enum JSON {
    /// One line; keys in snake case, sorted.
    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// A string, quoted.
    static func quoted(_ text: String) -> String {
        (try? self.text(text)) ?? "\"\""
    }
}

/// A failure, for programs.
struct FailureJSON: Encodable {
    let code: String
    let message: String
    let next: String?

    init(_ error: any Error) {
        if let failure = error as? DeploymentError {
            code = failure.code.rawValue
            message = failure.message
            next = failure.advice
            return
        }
        let error = error as? ProvisioningError ?? ProvisioningError(.database, "\(error)", next: "")
        code = error.code.rawValue
        message = error.message
        next = error.next.isEmpty ? nil : error.next
    }
}

extension Timestamp {
    /// RFC 3339, in UTC, to the second.
    var text: String {
        Date(timeIntervalSince1970: Double(microseconds) / 1_000_000).formatted(.iso8601)
    }
}
