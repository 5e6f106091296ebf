import FoundationEssentials
import Postgres
import TestSupport
import Testing

/// audit, as a program or a person runs it.
@Suite struct AuditTests {
    @Test func findingsAndExitCodes() async throws {
        try await Admin.with { admin in
            _ = try await admin.run("create-schema", "potter", "thor", "--open")
            let clean = try await admin.run("audit")
            #expect(clean.code == 0 && clean.output.hasPrefix("Nothing was found: looked at 2 tenants in "), "\(clean)")
            #expect(try await admin.run("audit", "--json").output == "[]\n")

            _ = try await admin.client.query("drop index potter.choice_question")
            let found = try await admin.run("audit")
            let lines = found.output.split(separator: "\n")
            #expect(found.code == 3 && found.errors.isEmpty, "\(found)")
            #expect(lines.first?.hasPrefix("SEVERITY  WHAT") == true)
            #expect(lines.last?.hasPrefix("1 error: looked at 2 tenants in ") == true)
            let array = try JSONDecoder().decode(
                [[String: JSONValue]].self,
                from: Data(try await admin.run("audit", "--json").output.utf8)
            )
            #expect(array.count == 1 && array[0]["code"] == .string("drift") && array[0]["tenant"] == .string("potter"))
            #expect(array[0]["severity"] == .string("error") && array[0]["object"] == .string("schema \"potter\""))

            #expect(try await admin.run("audit", "thor").code == 0)
            #expect(try await admin.run("audit", "potter", "thor").code == 3)
            #expect(try await admin.run("audit", "frodo").code == 1)
            #expect(try await admin.run("audit", "Frodo").code == 2)

            _ = try await admin.client.query("create index choice_question on potter.choice (question_id)")
            #expect(try await admin.run("audit").code == 0)
        }
    }
}
