import HTTPTypes
import HummingbirdCore
import NIOCore
import Postgres

/// A request's body: a JSON object, and its members as the API takes them.
struct Body {
    private let members: [String: JSONValue]

    /// Texts have at most so many characters, as the tables' columns do.
    static let longestText = 256

    /// - Throws: ``Problem`` 400, 413, 415 or 422.
    init(_ request: Request, upTo bytes: Int) async throws {
        guard Self.type(of: request.headers) == "application/json" else { throw Problem.unsupportedMediaType }
        let buffer = try await Self.collect(request, upTo: bytes)
        do {
            guard case .object(let members) = try JSONValue(parsing: buffer.readableBytesView) else {
                throw Problem.invalid("", "The body must be a JSON object.")
            }
            self.members = members
        } catch let failure as JSONValue.Failure {
            throw Problem.malformed("The body is not JSON: \(failure.reason), at byte \(failure.offset).")
        }
    }

    /// All of a request's bytes.
    /// - Throws: ``Problem`` 400 or 413.
    static func collect(_ request: Request, upTo bytes: Int) async throws -> ByteBuffer {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > bytes {
            throw Problem.contentTooLarge(limit: bytes)
        }
        do {
            return try await request.body.collect(upTo: bytes)
        } catch is NIOTooManyBytesError {
            throw Problem.contentTooLarge(limit: bytes)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // It ended early, or was not framed as its header says: nothing after it can be trusted.
            var problem = Problem.malformed("The body did not arrive whole.")
            problem.headers[.connection] = "close"
            throw problem
        }
    }

    /// The media type of a body that comes as it is, without its parameters; `nil` when it is encoded, or says none.
    static func type(of fields: HTTPFields) -> String? {
        let isPlain = fields[.contentEncoding].map { $0.lowercased() == "identity" } ?? true
        let essence = fields[.contentType]?.prefix { $0 != ";" }.split { $0 == " " || $0 == "\t" }
        guard isPlain, let essence, essence.count == 1 else { return nil }
        return essence[0].lowercased()
    }

    /// - Throws: ``Problem`` 422 when there is a member of another name.
    func allow(_ names: Set<String>) throws {
        guard let unknown = members.keys.sorted().first(where: { !names.contains($0) }) else { return }
        throw Problem.invalid(
            String(unknown.prefix(64)),
            "There is no such member; there are \(names.sorted().joined(separator: ", "))."
        )
    }

    func requiredText(_ name: String) throws -> String {
        guard let text = try text(name) else { throw Problem.invalid(name, "\(name) is missing.") }
        return text
    }

    /// A text of 1 to 256 characters, or `nil` when the member is missing.
    func text(_ name: String) throws -> String? {
        guard let value = members[name] else { return nil }
        return try Self.text(value, name)
    }

    func texts(_ name: String) throws -> [String] {
        guard let value = members[name] else { return [] }
        guard case .array(let elements) = value, elements.count <= Poll.mostChoices else {
            throw Problem.invalid(name, "\(name) is a list of at most \(Poll.mostChoices) texts.")
        }
        return try elements.map { try Self.text($0, name) }
    }

    func timestamp(_ name: String) throws -> Timestamp? {
        guard let value = members[name] else { return nil }
        guard case .string(let text) = value, let timestamp = Timestamp(rfc3339: text) else {
            throw Problem.invalid(name, "\(name) is a date and time such as 2026-01-31T12:00:00.123Z.")
        }
        return timestamp
    }

    private static func text(_ value: JSONValue, _ name: String) throws -> String {
        guard case .string(let text) = value else { throw Problem.invalid(name, "\(name) must be a text.") }
        if let fault = fault(of: text) { throw Problem.invalid(name, "\(name) \(fault).") }
        return text
    }

    /// Why it cannot be a question or a choice, in words that follow its name.
    static func fault(of text: String) -> String? {
        let length = text.unicodeScalars.count
        guard (1...longestText).contains(length) else { return "has 1 to \(longestText) characters, not \(length)" }
        return text.utf8.contains(0) ? "must not contain NUL" : nil
    }
}
