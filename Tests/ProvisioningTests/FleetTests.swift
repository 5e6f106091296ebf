import FoundationEssentials
import Migrations
import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

/// Work on the whole fleet, wherever its tenants live.
@Suite struct FleetTests {
    private let first: [(file: String, text: String)] = [
        ("0001_one.sql", "create table one (id bigint generated always as identity primary key, word text)")
    ]
    private let second: (file: String, text: String) = ("0002_two.sql", "alter table one add column number int")

    /// A home that cannot be reached fails only itself, and is taken up by the next run.
    @Test func migrateCoversEveryHome() async throws {
        try await SecondServer.with { cluster in
            let url = await cluster.connectionString
            try await TestRegistry.with(migrations: first) { registry in
                let old = try Fleet.forTests(registry.provisioner, registry.configuration)
                _ = try await old.addServer("asgard", url: url)
                let names = try (0..<3).map { _ in try uniqueName() }
                for (name, place) in zip(names, ["schema", "database", "database@asgard"]) {
                    _ = try await old.create(NewTenant(name: name, withToken: false), at: Destination(place))
                }
                let new = try Fleet.forTests(
                    try await registry.provisioner(migrations: first + [second]),
                    registry.configuration
                )
                #expect(try await new.control.behind().count == 3)
                await cluster.stop()
                let run = try await new.migrate()
                #expect(Set(run.migrated.map(\.name)) == Set(names[..<2]))
                #expect(run.failed.map(\.tenant) == [names[2]])

                try await cluster.start()
                #expect(try await new.migrate().migrated.map(\.name) == [names[2]])
                #expect(try await new.control.behind().isEmpty)
                for name in names {
                    let rows = try await new.withHome(of: name) {
                        try await $0.provisioner.run("insert into one (number) values (7) returning number", in: name)
                    }
                    #expect(rows[0].first?.text(at: 0) == "7")
                }
                for name in names { try await new.drop(name) }
            }
        }
    }

    /// A tenant in a schema, in a fleet with a second server.
    private func withAsgard(
        _ body: @escaping @Sendable (TestRegistry, Fleet, SecondServer, TenantName) async throws -> Void
    ) async throws {
        try await SecondServer.with { cluster in
            let url = await cluster.connectionString
            try await TestRegistry.with(migrations: first) { registry in
                let fleet = try Fleet.forTests(registry.provisioner, registry.configuration)
                _ = try await fleet.addServer("asgard", url: url)
                let name = try uniqueName()
                _ = try await fleet.create(NewTenant(name: name, withToken: false), at: Destination("schema"))
                try await body(registry, fleet, cluster, name)
            }
        }
    }

    /// A target that is lost in the middle of a move keeps nobody from writing where the tenant is; what is left of it
    /// goes once its server is back.
    @Test func aMoveToALostServerIsTakenBack() async throws {
        try await withAsgard { registry, fleet, cluster, name in
            let plan = try await fleet.planMove(name, to: Destination("database@asgard"))
            let postmaster = try Postmaster(await cluster.connectionString)
            await #expect(throws: ProvisioningError.self) {
                _ = try await fleet.move(plan, keepSeconds: 0) { progress in
                    if progress.description.hasPrefix("copied") { postmaster.kill() }
                }
            }
            let tenant = try await registry.provisioner.record(name)
            #expect(tenant.state == .active && !tenant.isMoving && tenant.level == .schema)
            let acl = try await registry.client.query(
                "select has_table_privilege(\(tenant.role), (\(name.rawValue) || '.one')::regclass, 'insert')"
            )
            #expect(try acl.decodeOne(Bool.self), "the fence is still up")
            #expect(try await fleet.sweep().failed == 1)

            try await cluster.start()
            #expect(try await fleet.sweep().removed == 1)
            let left = try await registry.client.query("select count(*) from polls_control.home")
            #expect(try left.decodeOne(Int64.self) == 0)
            try await fleet.removeServer("asgard")
            try await fleet.drop(name)
        }
    }

    /// A tenant that comes to a server at the moment of its removal finds it closed, and not without the app's login.
    @Test func aServerThatIsRemovedTakesNothingNew() async throws {
        try await withAsgard { registry, fleet, cluster, name in
            let tenant = try await registry.provisioner.record(name)
            let client = registry.client
            let removal = try await client.withTransaction { connection in
                _ = try await connection.query(
                    """
                    insert into polls_control.home (tenant_id, level, server_name, database_name, schema_name)
                    values (\(tenant.id), 'database', 'asgard', 'nowhere', \(name.rawValue))
                    """
                )
                let removal = Task { try await fleet.removeServer("asgard") }
                let waits = try await eventually {
                    try await client.query(
                        """
                        select from pg_stat_activity where datname = current_database()
                            and query like 'delete from polls_control.server%' and wait_event_type = 'Lock'
                        """
                    ).count == 1
                }
                #expect(waits, "the removal does not come to its end")
                return removal
            }
            let error = await #expect(throws: ProvisioningError.self) { try await removal.value }
            #expect(error?.code == .serverInUse, "\(error.map { "\($0)" } ?? "")")
            #expect(try await fleet.servers().map(\.state) == [.adding])
            let closed = await #expect(throws: ProvisioningError.self) {
                let other = NewTenant(name: try uniqueName(), withToken: false)
                _ = try await fleet.create(other, at: Destination("database@asgard"))
            }
            #expect(closed?.code == .serverInUse)
            #expect(try await fleet.addServer("asgard", url: await cluster.connectionString).state == .active)
            try await fleet.drop(name)
            try await fleet.removeServer("asgard")
            #expect(try await fleet.servers().isEmpty)
        }
    }

    /// What was on a server that will not come back can be dropped without it; one that answers is not lost.
    @Test func aLostServerKeepsNothing() async throws {
        try await withAsgard { registry, fleet, cluster, moved in
            let dead = try uniqueName()
            _ = try await fleet.create(NewTenant(name: dead, withToken: false), at: Destination("database@asgard"))
            for place in ["database@asgard", "schema"] {
                _ = try await fleet.move(try await fleet.planMove(moved, to: Destination(place)), keepSeconds: 9_999)
            }
            let answering = await #expect(throws: ProvisioningError.self) { try await fleet.loseServer("asgard") }
            #expect(answering?.code == .serverInUse)

            await cluster.stop()
            await #expect(throws: ProvisioningError.self) { try await fleet.drop(dead) }
            let lost = try await fleet.loseServer("asgard")
            #expect(lost.forgotten == 1 && lost.tenants == [dead.rawValue])
            let closed = await #expect(throws: ProvisioningError.self) {
                try await fleet.planMove(moved, to: Destination("database@asgard"))
            }
            #expect(closed?.code == .serverInUse)
            let inUse = await #expect(throws: ProvisioningError.self) { try await fleet.removeServer("asgard") }
            #expect(inUse?.code == .serverInUse)
            try await fleet.drop(dead)
            try await fleet.drop(moved)
            try await fleet.removeServer("asgard")
            #expect(try await fleet.servers().isEmpty)
        }
    }

    /// Two at once would each make the login's password: the registry and PostgreSQL have the same one's.
    @Test func aServerIsAddedByOneAtATime() async throws {
        try await SecondServer.with { cluster in
            let url = await cluster.connectionString
            try await TestRegistry.with(migrations: first) { registry in
                let fleet = try Fleet.forTests(registry.provisioner, registry.configuration)
                let held = try await registry.client.withConnection { connection in
                    _ = try await connection.query(
                        "select pg_advisory_lock(hashtextextended('polls_control.server:asgard', 0))"
                    )
                    return await #expect(throws: ProvisioningError.self) {
                        try await fleet.addServer("asgard", url: url)
                    }
                }
                #expect(held?.code == .busy)
                #expect(try await fleet.servers().isEmpty)
                #expect(try await fleet.addServer("asgard", url: url).state == .active)
                try await fleet.removeServer("asgard")
            }
        }
    }

    /// The least operator that `servers add` takes can drop a database that the app is connected to.
    @Test func anOperatorWithoutSuperuserDropsWhatTheAppUses() async throws {
        try await SecondServer.with { cluster in
            let url = await cluster.connectionString
            try await TestRegistry.with(migrations: first) { registry in
                let fleet = try Fleet.forTests(registry.provisioner, registry.configuration)
                try await TestDatabase.admin(url, "create role op login createdb createrole")
                let own = try ConnectionString(url).with("user", "op").text
                _ = try await fleet.addServer("asgard", url: own)
                let name = try uniqueName()
                _ = try await fleet.create(NewTenant(name: name, withToken: false), at: Destination("database@asgard"))
                let (app, database) = try await registry.client.query(
                    "select app_url, database_name from polls_control.server, polls_control.home"
                ).decodeOne(String.self, String.self)
                let configuration = PostgresConfiguration(
                    connectionString: try ConnectionString(app).with("dbname", database).text
                )
                try await PostgresClient.withClient(configuration, logger: TestDatabase.logger) { client in
                    _ = try await client.query("select 1")
                    try await fleet.drop(name)
                }
                try await fleet.removeServer("asgard")
            }
        }
    }

    /// A server that was given up and is back serves its tenants again.
    @Test func aLostServerThatComesBackIsTakenIn() async throws {
        try await withAsgard { _, fleet, cluster, name in
            _ = try await fleet.move(try await fleet.planMove(name, to: Destination("database@asgard")), keepSeconds: 0)
            await cluster.stop()
            #expect(try await fleet.loseServer("asgard").tenants == [name.rawValue])
            try await cluster.start()
            #expect(try await fleet.addServer("asgard", url: await cluster.connectionString).state == .active)
            _ = try await fleet.withHome(of: name) {
                try await $0.provisioner.run("insert into one default values", in: name)
            }
            try await fleet.drop(name)
            try await fleet.removeServer("asgard")
        }
    }

    /// Tables of every odd kind keep their rows, to the last bit.
    @Test(arguments: [true, false]) func aMoveKeepsEveryKindOfRow(_ tenantRoles: Bool) async throws {
        let migrations: [(file: String, text: String)] = [
            (
                "0001_kinds.sql",
                """
                create type mood as enum ('glad', 'sad');
                create table kinds (
                    id bigint generated always as identity primary key, byte bytea, moment timestamptz, span interval,
                    list text[], doc jsonb, ratio float8, exact numeric, feeling mood, plain varchar(9),
                    twice bigint generated always as (id * 2) stored, parent bigint references kinds);
                create table "Odd ""x"" name" ("Key" text, part int, "a b" text, primary key ("Key", part));
                create sequence loose start 40;
                """
            )
        ]
        try await withRegistry(tenantRoles: tenantRoles, migrations: migrations) { registry in
            let name = try uniqueName()
            let fleet = try Fleet.forTests(registry.provisioner, registry.configuration)
            _ = try await fleet.create(NewTenant(name: name, withToken: false), at: Destination("schema"))
            _ = try await fleet.control.run(
                #"""
                insert into kinds (byte, moment, span, list, doc, ratio, exact, feeling, plain, parent) values
                    ('\x00ff0a5c', '2026-01-31 12:00:00.123456+02', '1 mon 2 days 00:00:03', '{"a,b",null,"\"q\""}',
                        '{"x": [1, null]}', 0.1::float8 + 0.2, 1.10, 'sad', E'\\N\t', 1),
                    (null, 'infinity', null, '{}', 'null', 'NaN', 'NaN', null, '', null);
                insert into "Odd ""x"" name" select 'k' || i, i, repeat('ü', 3000) from generate_series(1, 50) i;
                select nextval('loose');
                """#,
                in: name
            )
            let before = try await picture(fleet, name)
            for place in ["database", "schema"] {
                let plan = try await fleet.planMove(name, to: Destination(place))
                let outcome = try await fleet.move(plan, keepSeconds: 0)
                #expect(outcome.rows == 52)
                #expect(try await picture(fleet, name) == before, "after the move to \(place)")
            }
            let next = try await fleet.control.run(
                "insert into kinds (plain) values ('x') returning id, nextval('loose')",
                in: name
            )[0]
            #expect(next[0].text(at: 0) == "3" && next[0].text(at: 1) == "41")
            try await fleet.drop(name)
        }
    }

    /// Changes of every kind that are made while the rows are copied arrive too.
    @Test func changesWhileCopyingArrive() async throws {
        let migrations: [(file: String, text: String)] = [
            (
                "0001_tree.sql",
                """
                create table trunk (id int primary key, label text);
                create table leaf (id int primary key, trunk_id int references trunk on delete cascade on update cascade,
                    long text);
                alter table leaf alter long set storage external;
                """
            )
        ]
        try await withRegistry(migrations: migrations) { registry in
            let name = try uniqueName()
            let fleet = try Fleet.forTests(registry.provisioner, registry.configuration)
            _ = try await fleet.create(NewTenant(name: name, withToken: false), at: Destination("schema"))
            _ = try await fleet.control.run(
                """
                insert into trunk select i, 'trunk ' || i from generate_series(1, 200) i;
                insert into leaf select i, 1 + i % 200, repeat(i::text, 2000) from generate_series(1, 2000) i;
                """,
                in: name
            )
            let plan = try await fleet.planMove(name, to: Destination("database"))
            #expect(plan.method == .replicate)
            // Once the snapshot is taken, the source changes in every way; the checksums of the move itself hold both
            // sides against each other.
            let changes = Changes()
            let outcome = try await fleet.move(plan, keepSeconds: 0) { progress in
                guard progress.description.hasPrefix("copying") else { return }
                changes.start {
                    _ = try await fleet.control.run(
                        """
                        update leaf set trunk_id = 5 where id % 7 = 0;
                        update trunk set id = id + 1000 where id between 50 and 60;
                        delete from trunk where id between 100 and 110;
                        insert into trunk values (5000, null);
                        update trunk set label = null where id = 5;
                        """,
                        in: name
                    )
                }
            }
            try await changes.end()
            #expect(outcome.rows > 0)
            let wasIn = try await fleet.withHome(of: name) {
                try await $0.provisioner.run("select count(*) from trunk where id = 5000", in: name)[0].first?.text(
                    at: 0
                )
            }
            // Had the fence been quicker, the change was refused as a whole; never half of it.
            #expect(wasIn == (changes.wereTaken ? "1" : "0"))
            try await fleet.drop(name)
        }
    }

    /// A registry on a PostgreSQL of its own: decoding of a log begins when every transaction of the cluster has ended,
    /// also those of other tests.
    private func withRegistry(
        tenantRoles: Bool = true,
        migrations: [(file: String, text: String)],
        _ body: @escaping @Sendable (TestRegistry) async throws -> Void
    ) async throws {
        try await TestCluster.with { cluster in
            try await TestRegistry.with(
                tenantRoles: tenantRoles,
                migrations: migrations,
                on: cluster.connectionString,
                body
            )
        }
    }

    private func picture(_ fleet: Fleet, _ name: TenantName) async throws -> [String?] {
        try await fleet.withHome(of: name) { home in
            try await home.provisioner.run(
                """
                set local datestyle = 'ISO'; set local timezone = 'UTC';
                select string_agg(k::text, '|' order by id) from kinds k;
                select md5(string_agg(o::text, '|' order by part)) from "Odd ""x"" name" o;
                """,
                in: name
            ).suffix(2).map { $0.first?.text(at: 0) }
        }
    }
}
