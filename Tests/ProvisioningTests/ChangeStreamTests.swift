import Postgres
import Tenancy
import TestSupport
import Testing

@testable import Provisioning

/// A tenant's changes, as PostgreSQL tells them.
@Suite struct ChangeStreamTests {
    /// What others write meanwhile cannot keep a pause from its end.
    @Test func itStopsWhereItIsToldTo() async throws {
        try await withStream { run, stream in
            try await run("insert into one (word) values ('before'), ('also before')")
            let end = try await stream.end()
            try await run("insert into one (word) values ('after')")
            var words: [String] = []
            while case let found = inserted(try await stream.next(upTo: end)), !found.isEmpty { words += found }
            #expect(words == ["before", "also before"])
            #expect(try await inserted(stream.next()) == ["after"])
            #expect(try await stream.next().isEmpty)
        }
    }

    private func inserted(_ messages: [PgoutputMessage]) -> [String] {
        messages.compactMap { message in
            guard case .insert(_, let row) = message, case .text(let word)? = row.last else { return nil }
            return word
        }
    }

    /// On a PostgreSQL of its own: decoding of a log begins when every transaction of the cluster has ended.
    private func withStream(
        _ body: @escaping @Sendable (_ run: (String) async throws -> Void, ChangeStream) async throws -> Void
    ) async throws {
        try await TestCluster.with { cluster in
            let table = "create table one (id int generated always as identity primary key, word text)"
            let migrations = [(file: "0001_one.sql", text: table)]
            try await TestRegistry.with(migrations: migrations, on: cluster.connectionString) { registry in
                let name = try uniqueName()
                _ = try await registry.provisioner.create(NewTenant(name: name, withToken: false))
                let tenant = try await registry.provisioner.record(name)
                let home = OpenHome(provisioner: registry.provisioner, configuration: registry.configuration)
                let site = try await MoveSite(home, name, schemaOID: tenant.schemaOID, role: tenant.role)
                let tables = try await site.client.withConnection { connection in
                    try await TableShape.read(schemaOID: site.schemaOID, connection).tables
                }
                try await ChangeStream.with(site, tables: tables, move: 1) { stream in
                    try await body({ _ = try await registry.provisioner.run($0, in: name) }, stream)
                }
            }
        }
    }
}
