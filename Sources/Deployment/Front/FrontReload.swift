import Subprocess

#if canImport(System)
import System
#else
import SystemPackage
#endif

/// nginx's next configuration, tested and beside the live one: it goes live at a word, and what takes time comes before.
enum FrontReload {
    /// Runs the body once nginx has tested the configuration. What the body does not put live is forgotten.
    /// - Parameters:
    ///   - shell: runs a shell where nginx is.
    ///   - arguments: of ``FrontScripts/reload``, after the number of bytes.
    ///   - log: where an operator finds nginx's own words.
    ///   - copy: a file of this machine that is to say what is live.
    ///   - body: gets what puts the configuration live, and returns when new requests go by it.
    /// - Throws: ``DeploymentError``, or what the body throws.
    static func with<R: Sendable>(
        _ shell: [String],
        _ arguments: [String],
        _ text: String,
        log: String,
        copy: String? = nil,
        _ body: (_ goLive: () async throws -> Void) async throws -> R
    ) async throws -> R {
        let words = shell + ["-c", FrontScripts.reload, "reload", "\(text.utf8.count)"] + arguments
        let result: Result<R, any Error>
        do {
            result = try await Subprocess.run(
                words[0].contains("/") ? .path(FilePath(words[0])) : .name(words[0]),
                arguments: Arguments(Array(words.dropFirst())),
                input: .inputWriter,
                output: .sequence,
                error: .combinedWithOutput
            ) { execution -> Result<R, any Error> in
                let input = execution.standardInputWriter
                var answers = Answers(execution.standardOutput)
                do {
                    _ = try? await input.write(text)
                    try await answers.expect("ready", log: log)
                    let value = try await body {
                        _ = try? await input.write("go\n")
                        try await answers.expect("live", log: log)
                        if let copy { try AtomicFile.write(text, to: copy) }
                    }
                    try await input.finish()
                    await answers.skipRest()
                    return .success(value)
                } catch {
                    try? await input.finish()
                    await answers.skipRest()
                    return .failure(error)
                }
            }.closureResult
        } catch let error as SubprocessError {
            throw DeploymentError(
                .programMissing,
                "cannot run \(words[0]): \(error)",
                next: "Install it, and see that it is in PATH."
            )
        }
        return try result.get()
    }

    /// What the script says, line by line.
    private struct Answers {
        private var output: SubprocessOutputSequence.Iterator
        private var unread: [UInt8] = []

        init(_ output: SubprocessOutputSequence) { self.output = output.makeAsyncIterator() }

        /// - Throws: ``DeploymentError`` when something else is said in the end.
        mutating func expect(_ word: String, log: String) async throws {
            var said: [String] = []
            while let line = try await nextLine() {
                if line == word { return }
                if line == "stuck" { throw NginxFailure.stuck(log: log) }
                if line != "refused" { said.append(line) }
            }
            throw NginxFailure.explain(said.joined(separator: "\n"), log: log)
        }

        /// Reads to the end, so that the script can get there.
        mutating func skipRest() async { while (try? await output.next()) != nil {} }

        private mutating func nextLine() async throws -> String? {
            while true {
                if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                    defer { unread.removeFirst(end + 1) }
                    return String(decoding: unread[..<end], as: UTF8.self)
                }
                guard let more = try await output.next() else { return nil }
                more.withUnsafeBytes { unread += $0 }
            }
        }
    }
}
