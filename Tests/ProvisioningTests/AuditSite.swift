import FoundationEssentials
import Postgres
import Provisioning
import Tenancy
import TestSupport

/// A registry with two tenants that an audit finds nothing wrong with, to break and to mend.
struct AuditSite: Sendable {
    let registry: TestRegistry
    let fleet: Fleet
    let name: TenantName
    let other: TenantName

    static let migrations: [(file: String, text: String)] = [
        (
            "0001_one.sql",
            """
            create table one (
                id bigint generated always as identity primary key,
                word text not null default 'tea',
                made timestamptz not null default now()
            );
            create index one_word on one (word);
            """
        ),
        (
            "0002_two.sql",
            """
            create type taste as enum ('sweet', 'sour');
            create table two (
                id serial primary key,
                one_id bigint not null references one on delete cascade,
                number int constraint two_number check (number > 0),
                taste taste not null default 'sweet'
            );
            create index two_one on two (one_id) where number is not null;
            create function two_count() returns bigint language sql stable as 'select 7::bigint';
            """
        ),
    ]

    static func with(
        tenantRoles: Bool = true,
        _ body: @escaping @Sendable (AuditSite) async throws -> Void
    ) async throws {
        try await TestRegistry.with(tenantRoles: tenantRoles, migrations: migrations) { registry in
            let site = AuditSite(
                registry: registry,
                fleet: try Fleet.forTests(registry.provisioner, registry.configuration),
                name: try uniqueName(),
                other: try uniqueName("u")
            )
            for name in [site.name, site.other] {
                _ = try await registry.provisioner.create(NewTenant(name: name, withToken: false))
            }
            try await body(site)
        }
    }

    /// What an audit finds now.
    func findings(_ names: TenantName..., homes: Bool = false) async throws -> [Finding] {
        try await fleet.audit(names, homes: homes).findings
    }

    func codes() async throws -> Set<Finding.Code> { Set(try await findings().map(\.code)) }

    /// Runs a script as the cluster's superuser, in which SCHEMA, ROLE, OTHER_ROLE, APP and OWNER stand for names.
    func run(_ script: String) async throws {
        let roles = try await registry.client.query(
            """
            select coalesce(role_name, 'nobody') from polls_control.tenant
            where name = any (\([name, other].map(\.rawValue))) order by name
            """
        ).decode(String.self)
        let owner = try await registry.client.query("select current_user::text").decodeOne(String.self)
        let text = try script.replacing("SCHEMA", with: Identifier(name.rawValue).quoted)
            .replacing("OTHER_ROLE", with: Identifier(roles.last ?? "nobody").quoted)
            .replacing("ROLE", with: Identifier(roles.first ?? "nobody").quoted)
            .replacing("NAME", with: "'\(name)'")
            .replacing("APP", with: Identifier(registry.appLogin).quoted)
            .replacing("OWNER", with: Identifier(owner).quoted)
        try await registry.client.withConnection { _ = try await $0.execute(script: "\(unsafeRaw: text)") }
    }

    /// Does what a finding says is to be done, where that is SQL.
    func obey(_ finding: Finding) async throws {
        guard let start = finding.next.range(of: "un: ")?.upperBound, let end = finding.next.lastIndex(of: ";") else {
            throw NotYet(description: "no statements: \(finding.next)")
        }
        let statements = String(finding.next[start...end])
        try await registry.client.withConnection { _ = try await $0.execute(script: "\(unsafeRaw: statements)") }
    }
}
