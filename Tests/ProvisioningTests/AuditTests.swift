import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

/// What an audit finds in schemas of the control database: each fault is made, found, mended, and found no more.
@Suite struct AuditTests {
    @Test(arguments: [true, false]) func nothingIsFoundWhereNothingIsWrong(tenantRoles: Bool) async throws {
        try await AuditSite.with(tenantRoles: tenantRoles) { site in
            let report = try await site.fleet.audit()
            #expect(report.findings == [] && report.isClean && report.tenants == 2)
            let one = try await site.fleet.audit([site.name])
            #expect(one.findings == [] && one.tenants == 1)
            await #expect(throws: ProvisioningError.self) { try await site.fleet.audit([try uniqueName()]) }
        }
    }

    @Test func whatOperatorsDoLeavesNothingToFind() async throws {
        try await AuditSite.with { site in
            try await Scratch.with { folder in
                let (renamed, cloned, restored) = (try uniqueName("r"), try uniqueName("c"), try uniqueName("b"))
                try await site.fleet.rename(site.name, to: renamed)
                _ = try await site.fleet.clone(renamed, as: cloned)
                try await site.fleet.suspend(cloned)
                let path = try #require(try await site.fleet.archive(renamed, to: folder.path).path)
                _ = try await TenantArchive.with(path) {
                    try await site.fleet.restore($0, RestoreOptions(as: restored))
                }
                try await site.fleet.drop(cloned, archivingTo: folder.path)
                let report = try await site.fleet.audit()
                #expect(report.findings == [] && report.tenants == 3)
            }
        }
    }

    @Test(arguments: AuditFault.rights) func rightsAreFound(_ fault: AuditFault) async throws { try await check(fault) }
    @Test(arguments: AuditFault.roles) func rolesAreFound(_ fault: AuditFault) async throws { try await check(fault) }
    @Test(arguments: AuditFault.states) func statesAreFound(_ fault: AuditFault) async throws { try await check(fault) }

    private func check(_ fault: AuditFault) async throws {
        try await AuditSite.with { site in
            try await site.run(fault.make)
            let report = try await site.fleet.audit()
            #expect(Set(report.findings.map(\.code)) == fault.codes, "\(report.findings)")
            #expect(!report.isClean)
            if let mend = fault.mend {
                try await site.run(mend)
            } else {
                for finding in report.findings { try await site.obey(finding) }
            }
            #expect(try await site.findings() == [])
        }
    }

    /// Then the app's login itself has a tenant's rights.
    @Test func rightsAreFoundWithoutTenantRoles() async throws {
        try await AuditSite.with(tenantRoles: false) { site in
            for (make, code) in [
                ("revoke insert on SCHEMA.two from APP", Finding.Code.rightMissing),
                ("grant select on SCHEMA.two to public", .rightLeaked),
                (
                    "create role tenant_x_\(site.other.rawValue.suffix(8)); "
                        + "grant usage on schema SCHEMA to tenant_x_\(site.other.rawValue.suffix(8))", .rightLeaked
                ),
            ] {
                try await site.run(make)
                let findings = try await site.findings().filter { $0.severity == .error }
                #expect(findings.map(\.code) == [code], "\(findings)")
                for finding in findings { try await site.obey(finding) }
            }
            try await site.run("drop role tenant_x_\(site.other.rawValue.suffix(8))")
            #expect(try await site.findings() == [])
        }
    }

    @Test func aSchemaThatIsGoneIsFound() async throws {
        try await AuditSite.with { site in
            try await site.run("drop schema SCHEMA cascade")
            let findings = try await site.findings()
            #expect(findings.map(\.code) == [.schemaMissing] && findings.first?.tenant == site.name.rawValue)
            #expect(try await site.findings(site.name).map(\.code) == [.schemaMissing])
            #expect(try await site.findings(site.other) == [])
            try await site.run("create schema SCHEMA")
            #expect(try await site.codes() == [.schemaReplaced])
            // What it says.
            try await site.fleet.drop(site.name)
            #expect(try await site.codes() == [.schemaLeftover])
            for finding in try await site.findings() { try await site.obey(finding) }
            #expect(try await site.findings() == [])
        }
    }

    @Test func oneSchemaForTwoTenantsIsFound() async throws {
        try await AuditSite.with { site in
            try await site.run(
                """
                create table polls_control.was as select * from polls_control.tenant;
                update polls_control.tenant set (schema_oid, role_name) = (
                    select schema_oid, role_name from polls_control.tenant where name = NAME)
                """
            )
            let codes = try await site.codes()
            #expect(codes.isSuperset(of: [.schemaShared, .roleShared, .schemaRenamed, .roleLeftover]), "\(codes)")
            try await site.run(
                """
                update polls_control.tenant set (schema_oid, role_name) = (
                    select schema_oid, role_name from polls_control.was where was.id = tenant.id);
                drop table polls_control.was
                """
            )
            #expect(try await site.findings() == [])
        }
    }

    @Test func aGapInTheLedgerIsFound() async throws {
        try await AuditSite.with { site in
            try await site.run(
                """
                create table polls_control.was as select * from polls_control.tenant_migration;
                delete from polls_control.tenant_migration where version = 1
                """
            )
            let findings = try await site.findings()
            #expect(findings.count == 2 && findings.allSatisfy { $0.code == .ledgerGap })
            #expect(findings.first?.message.contains("0001_one.sql") == true)
            try await site.run(
                """
                insert into polls_control.tenant_migration select * from polls_control.was where version = 1;
                drop table polls_control.was
                """
            )
            #expect(try await site.findings() == [])
        }
    }

    @Test func aRoleThatNobodyHasIsFound() async throws {
        try await AuditSite.with { site in
            let role = "tenant_\(try uniqueName())_0123abcd"
            try await site.run("create role \"\(role)\"; grant \"\(role)\" to APP")
            let findings = try await site.findings()
            #expect(findings.map(\.code) == [.roleLeftover] && findings.first?.object == "role \"\(role)\"")
            for finding in findings { try await site.obey(finding) }
            #expect(try await site.findings() == [])
        }
    }

    /// Somebody else's login that a tenant's role was given to.
    @Test func aLoginThatMayActAsATenantIsFound() async throws {
        try await AuditSite.with { site in
            let login = TestRegistry.uniqueLogin()
            try await site.run("create role \(login) login; grant ROLE to \(login)")
            let findings = try await site.findings()
            #expect(findings.map(\.code) == [.roleShared])
            for finding in findings { try await site.obey(finding) }
            #expect(try await site.findings() == [])
            try await site.run("drop role \(login)")
        }
    }

    /// A tenant that a command works on at this moment is no finding.
    @Test func whatIsBeingDoneIsNotFound() async throws {
        try await AuditSite.with { site in
            try await site.run("update polls_control.tenant set state = 'dropping' where name = NAME")
            try await site.registry.client.withConnection { command in
                let key = "polls_control.place:\(site.name)"
                _ = try await command.query("select pg_advisory_lock(hashtextextended(\(key), 0))::text")
                #expect(try await site.findings() == [])
            }
            #expect(try await eventually { try await site.codes() == [.dropping] })
        }
    }

    /// An operator who is no superuser, and owns what there is.
    @Test func anOperatorNeedsNoMoreThanForItsOtherWork() async throws {
        try await AuditSite.with { site in
            let role = TestRegistry.uniqueLogin()
            try await TestDatabase.admin(
                site.registry.configuration.connectionString,
                "create role \(Identifier(role)) login createrole"
            )
            try await site.run(
                """
                do $$
                declare it record;
                begin
                    execute format('alter database %I owner to \(role)', current_database());
                    for it in select nspname from pg_namespace where nspname ~ '^(polls_control|[tu][0-9a-f]{16})$' loop
                        execute format('alter schema %I owner to \(role)', it.nspname);
                    end loop;
                    for it in select oid::regclass::text as name from pg_class where relkind in ('r', 'S')
                        and relnamespace in (select oid from pg_namespace where nspname ~ '^(polls_control|[tu][0-9a-f]{16})$')
                        and not exists (select from pg_depend where objid = pg_class.oid and deptype in ('a', 'i')) loop
                        execute format('alter table %s owner to \(role)', it.name);
                    end loop;
                    for it in select oid::regtype::text as name from pg_type where typtype = 'e' and typname = 'taste' loop
                        execute format('alter type %s owner to \(role)', it.name);
                    end loop;
                    for it in select oid::regprocedure::text as name from pg_proc where proname = 'two_count' loop
                        execute format('alter function %s owner to \(role)', it.name);
                    end loop;
                end $$;
                grant execute on function pg_catalog.set_config(text, text, boolean) to public
                """
            )
            var configuration = site.registry.configuration
            let database = try await site.registry.client.query("select current_database()::text").decodeOne(
                String.self
            )
            configuration.connectionString = TestDatabase.connectionString(
                configuration.connectionString,
                database: database,
                user: role
            )
            try await PostgresClient.withClient(configuration, logger: TestDatabase.logger) { [configuration] client in
                let control = try await Provisioner.open(
                    client,
                    product: try TestProduct.of(AuditSite.migrations),
                    registryVersion: Int(site.registry.provisioner.registry.version),
                    logger: TestDatabase.logger
                )
                let report = try await Fleet.forTests(control, configuration).audit()
                // It could not have put that safeguard up itself.
                #expect(report.findings.map(\.code) == [.safeguardMissing], "\(report.findings)")
                #expect(report.findings.map(\.severity) == [.notice] && report.isClean)
            }
            try await site.run("reassign owned by \(role) to OWNER; drop owned by \(role); drop role \(role)")
        }
    }
}
