import ArgumentParser
import Tenancy

/// What became of each of several tenants, printed as it is known. One's failure stops no other.
struct Tally {
    private let json: Bool
    private var counts = (done: 0, failed: 0)

    init(json: Bool) { self.json = json }

    /// Failed, or partly done, when some failed.
    var code: ExitCode? { Exit.code(done: counts.done, failed: counts.failed) }

    /// Does something to a tenant, and says that it went well, in JSON or in words, or what went wrong.
    mutating func add(
        _ name: TenantName,
        _ words: String,
        _ work: () async throws -> some Encodable
    ) async throws {
        let result: any Encodable
        do { result = try await work() } catch { return try add(name, failure: error) }
        counts.done += 1
        Output.line(json ? try JSON.text(result) : words)
    }

    mutating func add(_ name: TenantName, failure: any Error) throws {
        counts.failed += 1
        if json { Output.line(try JSON.text(Failed(name: name.rawValue, error: FailureJSON(failure)))) }
        Output.error(Exit.text(of: failure))
    }

    private struct Failed: Encodable {
        let name: String
        let error: FailureJSON
    }
}
