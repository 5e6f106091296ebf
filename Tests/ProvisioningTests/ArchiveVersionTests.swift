import FoundationEssentials
import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

/// Archives of other versions of the product than the one that restores them.
@Suite struct ArchiveVersionTests {
    private static let first: [(file: String, text: String)] = [
        (
            "0001_one.sql",
            """
            create type mood as enum ('sad', 'glad');
            create table word (id bigint generated always as identity primary key, text text unique, mood mood,
                length int generated always as (char_length(text)) stored, next bigint references word,
                tags text[], body jsonb, ratio float8, price numeric, at interval, "odd ""name" bool);
            create table kind (name text primary key);
            insert into kind values ('made by the migration'), ('and taken away later');
            create table letter (word_id bigint references word, kind text references kind);
            """
        )
    ]
    private static let second: (file: String, text: String) = (
        "0002_two.sql",
        "alter table word add column number int not null default 7; update word set number = id; drop table letter;"
    )

    private func withOld(
        _ body: @escaping @Sendable (TestRegistry, Fleet, TenantName, Scratch) async throws -> Void
    ) async throws {
        try await TestRegistry.with(migrations: Self.first) { registry in
            try await Scratch.with { folder in
                let name = try uniqueName()
                _ = try await registry.provisioner.create(NewTenant(name: name, withToken: false))
                _ = try await registry.provisioner.run(
                    """
                    delete from kind where name = 'and taken away later';
                    insert into word (text, mood, next, tags, body, ratio, price, at, "odd ""name") values
                        ('first', 'glad', 2, array['a', null, '{}'], '{"a": [1]}', 'nan', 'nan', '1 mon -2 h', true),
                        (null, null, null, null, 'null', '-infinity', 1e30, null, null), ('', 'sad', 1, '{}', '""', 0.1, -0.10, '0', false);
                    insert into letter select id, 'made by the migration' from word
                    """,
                    in: name
                )
                try await body(registry, try Fleet.forTests(registry.provisioner, registry.configuration), name, folder)
            }
        }
    }

    private func restore(_ path: String?, as name: TenantName, _ fleet: Fleet) async throws {
        _ = try await TenantArchive.with(try #require(path)) { try await fleet.restore($0, RestoreOptions(as: name)) }
    }

    /// Types, generated columns, keys to a row of the same table, and what a migration writes by itself come back.
    @Test func tablesOfAnyKindComeBack() async throws {
        try await withOld { registry, fleet, name, folder in
            let path = try await fleet.archive(name, to: folder.path).path
            let other = try uniqueName()
            try await restore(path, as: other, fleet)
            let reading = """
                select word::text from word order by id; select kind::text from kind; select letter::text from letter
                """
            let before = try await registry.provisioner.run(reading, in: name).map { $0.map { $0.text(at: 0) } }
            #expect(before.map(\.count) == [3, 1, 3])
            #expect(try await registry.provisioner.run(reading, in: other).map { $0.map { $0.text(at: 0) } } == before)
        }
    }

    @Test func anOlderOneIsBroughtUpToDate() async throws {
        try await withOld { registry, fleet, name, folder in
            let path = try await fleet.archive(name, to: folder.path).path
            let new = try Fleet.forTests(
                try await registry.provisioner(migrations: Self.first + [Self.second]),
                registry.configuration
            )
            let other = try uniqueName()
            try await restore(path, as: other, new)
            #expect(try await new.control.record(other).schemaVersion == 2)
            let numbers = try await new.control.run("select number from word order by id", in: other)[0]
            #expect(numbers.map { $0.text(at: 0) } == ["1", "2", "3"])
            #expect(try await new.control.behind().map(\.name) == [name], "only the first is behind")
            let clone = try uniqueName()
            _ = try await new.clone(name, as: clone)
            #expect(try await new.control.record(clone).schemaVersion == 2)
            #expect(try await new.control.migrate().migrated.map(\.name) == [name], "its archive was no hindrance")

            // And what this program does not know, or knows otherwise, it leaves alone.
            let newer = try await new.archive(other, to: folder.path).path
            let third = try uniqueName()
            #expect(try await code { try await restore(newer, as: third, fleet) } == .registryVersion)
            let changed = [(file: Self.first[0].file, text: Self.first[0].text + " -- changed")]
            let another = try Fleet.forTests(
                try await registry.provisioner(migrations: changed),
                registry.configuration
            )
            #expect(try await code { try await restore(path, as: third, another) } == .checksumMismatch)
            #expect(try await Leftovers(of: third.rawValue, in: registry.client) == .none)
        }
    }

    /// Whatever fails on the way, nothing is left.
    @Test func aMigrationThatFailsOnTheRowsLeavesNothing() async throws {
        try await withOld { registry, fleet, name, folder in
            let path = try await fleet.archive(name, to: folder.path).path
            let failing = ("0002_two.sql", "alter table word alter column text set not null")
            let new = try Fleet.forTests(
                try await registry.provisioner(migrations: Self.first + [failing]),
                registry.configuration
            )
            let other = try uniqueName()
            #expect(try await code { try await restore(path, as: other, new) } == .migrationFailed)
            #expect(try await Leftovers(of: other.rawValue, in: registry.client) == .none)
        }
    }
}
