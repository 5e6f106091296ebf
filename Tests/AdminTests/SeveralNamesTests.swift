import FoundationEssentials
import TestSupport
import Testing

/// Commands that take several tenants: one's failure stops no other.
@Suite struct SeveralNamesTests {
    private func states(_ admin: Admin) async throws -> [String] {
        try await admin.client.query("select name || ' ' || state from polls_control.tenant order by name")
            .decode(String.self)
    }

    private func lines(_ outcome: Admin.Outcome) throws -> [[String: JSONValue]] {
        try outcome.output.split(separator: "\n").map { try json($0) }
    }

    @Test func severalAreSuspendedAndResumed() async throws {
        try await Admin.with { admin in
            _ = try await admin.run("create-schema", "potter", "thor", "--no-token")
            let suspended = try await admin.run("suspend", "potter", "frodo", "thor")
            #expect(suspended.code == 3, "\(suspended)")
            #expect(suspended.output == "potter is suspended.\nthor is suspended.\n", "\(suspended)")
            #expect(suspended.errors.contains("there is no tenant frodo"), "\(suspended)")
            #expect(try await states(admin) == ["potter suspended", "thor suspended"])

            let resumed = try await admin.shell("printf 'frodo # who left\\n' | $ADMIN resume thor --file - --json")
            #expect(resumed.code == 3, "\(resumed)")
            let outcomes = try lines(resumed)
            try #require(outcomes.count == 2, "\(resumed)")
            #expect(outcomes[0] == ["name": .string("thor"), "state": .string("active")])
            guard case .object(let error)? = outcomes[1]["error"] else { throw Admin.Failed(errors: "\(resumed)") }
            #expect(outcomes[1]["name"] == .string("frodo") && error["code"] == .string("noSuchTenant"))
            #expect(try await states(admin) == ["potter suspended", "thor active"])

            let none = try await admin.run("resume", "frodo", "sam")
            #expect(none.code == 1 && none.output.isEmpty, "\(none)")
        }
    }

    @Test func severalAreDropped() async throws {
        try await Admin.with { admin in
            _ = try await admin.run("create-schema", "potter", "thor", "odin", "--no-token")
            let unasked = try await admin.shell("echo potter | $ADMIN drop-schema --file -")
            #expect(unasked.code == 2 && unasked.errors.contains("--yes"), "\(unasked)")
            let dropped = try await admin.run("drop-schema", "potter", "frodo", "thor", "--yes", "--json")
            #expect(dropped.code == 3, "\(dropped)")
            #expect(try lines(dropped).map { $0["dropped"] ?? .null } == [.bool(true), .null, .bool(true)])
            #expect(try await states(admin) == ["odin active"])
            let again = try await admin.run("drop-schema", "potter", "thor", "--yes")
            #expect(again.code == 1, "\(again)")
        }
    }

    /// A wrong word at the last one keeps the first, too.
    @Test func nothingIsDroppedBeforeAllNamesAreTyped() async throws {
        try await Admin.with { admin in
            _ = try await admin.run("create-schema", "potter", "thor", "odin", "--no-token")
            let wrong = try await admin.shell(Self.type(["potter", "potter"], at: "$ADMIN drop-schema potter thor"))
            #expect(wrong.code == 1 && wrong.output.contains("Nothing was dropped"), "\(wrong)")
            #expect(try await states(admin).count == 3)
            // Who is not there is not asked for.
            let right = try await admin.shell(
                Self.type(["potter", "thor"], at: "$ADMIN drop-schema potter frodo thor")
            )
            #expect(right.code == 3 && right.output.contains("no tenant frodo"), "\(right)")
            #expect(try await states(admin) == ["odin active"])
        }
    }

    /// Runs a command on a terminal, and types each word once it has been asked for.
    private static func type(_ words: [String], at command: String) -> String {
        """
        seen=$(mktemp)
        asked() { grep -o 'Type its name' $seen | wc -l; }
        (number=0; for word in \(words.joined(separator: " ")); do
            number=$((number + 1))
            for _ in $(seq 6000); do [ $(asked) -ge $number ] && break; sleep 0.02; done
            echo $word
        done) | script -qefc '\(command)' /dev/null >$seen
        code=$?
        cat $seen; rm $seen
        exit $code
        """
    }
}
