import FoundationEssentials
import Migrations
import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

/// A tenant goes into a file, and comes out of it as it was.
@Suite struct ArchiveTests {
    /// A registry of the product's own, its fleet, a tenant with every kind of value that its tables take, and a folder.
    private func withTenant(
        at level: String = "schema",
        _ body: @escaping @Sendable (TestRegistry, Fleet, TenantName, Scratch) async throws -> Void
    ) async throws {
        try await TestRegistry.with { registry in
            try await Scratch.with { folder in
                let fleet = try Fleet.forTests(registry.provisioner, registry.configuration)
                let name = try uniqueName()
                let new = NewTenant(
                    name: name,
                    domains: [try TenantDomain("\(name).example.com")],
                    settings: JSONText(#"{"open": true, "word": "ö\\n\"'"}"#)
                )
                _ = try await fleet.create(new, at: Destination(level))
                _ = try await fleet.withHome(of: name) { try await $0.provisioner.run(Self.values, in: name) }
                try await body(registry, fleet, name, folder)
                for tenant in try await registry.provisioner.list() where tenant.level != .schema {
                    _ = try await fleet.drop(tenant.name)
                }
            }
        }
    }

    private static let values = """
        insert into question (question, publish_date) values ('plain', 'infinity'), ('', '-infinity'),
            (E'tab\\t, line\\n, return\\r, \\\\N, \\\\. and "quotes"', '0044-03-15 12:00:00 BC'),
            ('日本語 🗳️ \u{0301}', '2026-01-31 12:00:00.123456+02'), (repeat('ö', 256), '294276-12-31');
        insert into choice (question_id, choice, votes) select id, E'\\\\.\\n', 9223372036854775807 from question;
        insert into choice (question_id, choice) values (1, 'left'), (1, 'gone');
        delete from choice where choice = 'gone';
        insert into vote (idempotency_key, choice_id, voted_at) select E'key\\t' || id, id, 'infinity' from choice;
        insert into api_token (hash, name) values (E'\\\\x00ff0a5c', 'binary'), ('', 'empty')
        """

    /// Every row of a tenant as text, and what its sequences will give out.
    private func contents(of name: TenantName, _ fleet: Fleet) async throws -> [String] {
        try await fleet.withHome(of: name) { home in
            // As the operator: a tenant may not look at its sequences.
            try await PostgresClient.withClient(home.configuration, logger: TestDatabase.logger) { client in
                try await client.withConnection { connection in
                    try await connection.execute(
                        script: """
                            set search_path = \(Identifier(name.rawValue));
                            select 'question ' || question::text from question order by id;
                            select 'choice ' || choice::text from choice order by id;
                            select 'vote ' || vote::text from vote order by idempotency_key;
                            select 'token ' || api_token::text from api_token order by hash;
                            select 'next ' || last_value || is_called from question_id_seq;
                            select 'next ' || last_value || is_called from choice_id_seq
                            """
                    ).flatMap { rows in rows.map { $0.text(at: 0) ?? "NULL" } }
                }
            }
        }
    }

    private func restore(
        _ path: String?,
        _ fleet: Fleet,
        _ options: RestoreOptions = RestoreOptions()
    ) async throws -> CreatedTenant {
        try await TenantArchive.with(try #require(path)) { try await fleet.restore($0, options) }
    }

    @Test(arguments: ["schema", "database"]) func comesBackAsItWas(level: String) async throws {
        try await withTenant(at: level) { registry, fleet, name, folder in
            let before = try await contents(of: name, fleet)
            // Five questions, six choices, six votes, three tokens, and two sequences.
            #expect(before.count == 22)
            let settings = try await registry.provisioner.record(name).settings
            let archive = try await fleet.archive(name, to: folder.path)
            #expect(archive.rows == 20)
            let path = try #require(archive.path)
            #expect(path.wholeMatch(of: /.*\/t[a-z0-9]+-[0-9]{8}T[0-9]{6}Z\.tenant/) != nil, "\(path)")
            #expect(try folder.files.count == 1)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            #expect(try await code { _ = try await restore(path, fleet) } == .tenantExists)

            try await fleet.drop(name)
            let restored = try await restore(path, fleet)
            #expect(restored.token == nil, "its own tokens are valid")
            #expect(try await contents(of: name, fleet) == before)
            let tenant = try await registry.provisioner.record(name)
            #expect(tenant.settings == settings && tenant.domains == ["\(name).example.com"])
            #expect(tenant.level == .schema && tenant.state == .active && tenant.schemaVersion == 1)
            #expect(try await Leftovers(of: name.rawValue, in: registry.client) == .whole)
            // The app may do with it what it may do with others.
            let mayWrite = try await registry.client.query(
                "select has_table_privilege(\(tenant.role), (\(name.rawValue) || '.vote')::regclass, 'insert')"
            )
            #expect(try mayWrite.decodeOne(Bool.self))
            // And keys hold.
            let error = await #expect(throws: ProvisioningError.self) {
                _ = try await registry.provisioner.run("insert into vote values ('x', 1000000)", in: name)
            }
            #expect(error?.cause?.constraint == "vote_choice_id_fkey")
        }
    }

    /// Of one tenant's secrets and hosts, none leads to another one.
    @Test func underAnotherNameItIsAnotherTenant() async throws {
        try await withTenant { registry, fleet, name, folder in
            let archive = try await fleet.archive(name, to: folder.path)
            let other = try uniqueName()
            let restored = try await restore(archive.path, fleet, RestoreOptions(as: other))
            let clone = try uniqueName()
            let cloned = try await fleet.clone(name, as: clone)
            let before = try await contents(of: name, fleet)
            for (made, tenant) in [(other, restored), (clone, cloned)] {
                let token = try #require(tenant.token).text
                let hashes = try await registry.client.query(
                    """
                    select hash = sha256(convert_to(\(token), 'UTF8'))
                    from \(try Identifier(made.rawValue)).api_token
                    """
                ).decode(Bool.self)
                #expect(hashes == [true], "only its own token")
                let rows = try await contents(of: made, fleet)
                #expect(rows.filter { !$0.hasPrefix("token") } == before.filter { !$0.hasPrefix("token") })
                #expect(try await registry.provisioner.record(made).domains.isEmpty)
            }
            #expect(try await contents(of: name, fleet) == before)
            #expect(try await code { _ = try await fleet.clone(name, as: other) } == .tenantExists)
        }
    }

    @Test func aDomainThatLeadsElsewhereIsRefusedOrLeftOut() async throws {
        try await withTenant { registry, fleet, name, folder in
            let path = try await fleet.archive(name, to: folder.path).path
            try await fleet.drop(name)
            let thief = NewTenant(name: try uniqueName(), domains: [try TenantDomain("\(name).example.com")])
            _ = try await registry.provisioner.create(thief)
            #expect(try await code { _ = try await restore(path, fleet) } == .domainTaken)
            #expect(try await Leftovers(of: name.rawValue, in: registry.client) == .none)
            var options = RestoreOptions()
            options.withoutDomains = true
            _ = try await restore(path, fleet, options)
            #expect(try await registry.provisioner.record(name).domains.isEmpty)
        }
    }

    /// A vote is one transaction over two tables: an archive has both halves of each, or neither.
    @Test func whileItIsWrittenToItIsOfOneMoment() async throws {
        try await withTenant { registry, fleet, name, folder in
            let schema = try Identifier(name.rawValue)
            _ = try await registry.client.query("update \(schema).choice set votes = 1")
            let voter = Task {
                var number = 0
                while !Task.isCancelled {
                    number += 1
                    let key = "vote \(number)"
                    try await registry.client.withTransaction { connection in
                        _ = try await connection.query("update \(schema).choice set votes = votes + 1 where id = 1")
                        _ = try await connection.query("insert into \(schema).vote values (\(key), 1)")
                    }
                }
                return number
            }
            let clones = try (0..<5).map { _ in try uniqueName() }
            for clone in clones { _ = try await fleet.clone(name, as: clone, withToken: false) }
            let path = try await fleet.archive(name, to: folder.path).path
            voter.cancel()
            let last = try? await voter.value
            let restored = try uniqueName()
            _ = try await restore(path, fleet, RestoreOptions(as: restored))
            var counts: [Int64] = []
            for copy in clones + [restored] {
                let (votes, keys) = try await registry.client.query(
                    """
                    select (select votes from \(try Identifier(copy.rawValue)).choice where id = 1),
                        (select count(*) from \(try Identifier(copy.rawValue)).vote where choice_id = 1)
                    """
                ).decodeOne(Int64.self, Int64.self)
                #expect(votes == keys, "half of a vote is in \(copy)")
                counts.append(votes)
            }
            #expect(counts == counts.sorted() && counts[0] < counts[5], "\(counts), \(last ?? 0) votes")
        }
    }

    /// What is not as the migrations make it could not come back, and is said when there is time to mend it.
    @Test func aSchemaOfAnothersMakingIsRefused() async throws {
        try await withTenant { registry, fleet, name, folder in
            _ = try await registry.client.query("create table \(try Identifier(name.rawValue)).extra (id int)")
            #expect(try await code { _ = try await fleet.archive(name, to: folder.path) } == .cannotArchive)
            #expect(try folder.files.isEmpty)
        }
    }

    @Test func oneOfManyThatFailsStopsNoOther() async throws {
        try await withTenant { registry, fleet, name, folder in
            let others = try (0..<4).map { _ in try uniqueName() }
            for other in others { _ = try await registry.provisioner.create(NewTenant(name: other)) }
            _ = try await registry.client.query("drop schema \(try Identifier(others[1].rawValue)) cascade")
            let all = try await fleet.archivable()
            #expect(Set(all) == Set(others + [name]))
            var failed: [TenantName] = []
            try await fleet.archive(all, to: folder.path, width: 3) { name, outcome in
                if case .failure = outcome { failed.append(name) }
            }
            #expect(failed == [others[1]])
            #expect(try folder.files.count == 4)
        }
    }

    @Test func droppedWithAnArchiveItCanComeBack() async throws {
        try await withTenant { registry, fleet, name, folder in
            #expect(try await code { try await fleet.drop(name, archivingTo: folder.path + "/none") } == .archiveFile)
            #expect(try await registry.provisioner.record(name).state == .active, "it is served again")
            _ = try await registry.provisioner.run("insert into question (question) values ('after all')", in: name)
            let before = try await contents(of: name, fleet)
            try await fleet.drop(name, archivingTo: folder.path)
            #expect(try await Leftovers(of: name.rawValue, in: registry.client) == .none)
            _ = try await restore(folder.path + "/" + (try #require(folder.files.first)), fleet)
            #expect(try await contents(of: name, fleet) == before)
        }
    }

    /// What a request wrote that was under way is in the archive; what it would write later, PostgreSQL refuses.
    @Test func nothingIsWrittenBehindTheArchiveOfADroppedOne() async throws {
        try await withTenant { registry, fleet, name, folder in
            let table = "\(name).question"
            let role = try #require(try await registry.provisioner.record(name).role)
            let dropping = try await registry.client.withConnection { writer in
                _ = try await writer.query("begin")
                _ = try await writer.query(
                    "insert into \(try Identifier(name.rawValue)).question (question) values ('the last')"
                )
                let dropping = Task { try await fleet.drop(name, archivingTo: folder.path) }
                let isRefused = try await eventually {
                    try await !registry.client.query("select has_table_privilege(\(role), \(table), 'insert')")
                        .decodeOne(Bool.self)
                }
                #expect(isRefused, "the tenant may write while its last writer is waited for")
                _ = try await writer.query("commit")
                return dropping
            }
            try await dropping.value
            _ = try await restore(folder.path + "/" + (try #require(folder.files.first)), fleet)
            let last = try await registry.client.query(
                "select count(*) from \(try Identifier(name.rawValue)).question where question = 'the last'"
            )
            #expect(try last.decodeOne(Int64.self) == 1)
        }
    }
}
