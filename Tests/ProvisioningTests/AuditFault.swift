import Provisioning
import Testing

/// A fault, and how it goes away.
struct AuditFault: Sendable, CustomTestStringConvertible {
    let codes: Set<Finding.Code>
    let make: String
    /// `nil`: by what the finding says.
    var mend: String?
    var testDescription: String { make }
}

extension AuditFault {
    static let rights = [
        AuditFault(codes: [.rightLeaked], make: "grant usage on schema SCHEMA to public"),
        AuditFault(codes: [.rightLeaked], make: "grant select on SCHEMA.one to public"),
        AuditFault(codes: [.rightLeaked], make: "grant select (word) on SCHEMA.one to APP"),
        AuditFault(codes: [.rightLeaked], make: "grant usage on schema SCHEMA to OTHER_ROLE"),
        AuditFault(codes: [.rightLeaked], make: "grant usage on all sequences in schema SCHEMA to OTHER_ROLE"),
        AuditFault(codes: [.rightLeaked], make: "grant execute on function SCHEMA.two_count() to OTHER_ROLE"),
        AuditFault(
            codes: [.rightLeaked],
            make: "grant select on polls_control.server to public",
            mend: "revoke all on polls_control.server from public"
        ),
        AuditFault(codes: [.rightMissing], make: "revoke insert on SCHEMA.two from ROLE"),
        AuditFault(codes: [.rightMissing], make: "revoke usage on schema SCHEMA from ROLE"),
        AuditFault(
            codes: [.rightTooWide],
            make: "grant create on schema SCHEMA to ROLE",
            mend: "revoke create on schema SCHEMA from ROLE"
        ),
        AuditFault(
            codes: [.rightTooWide],
            make: "grant truncate on SCHEMA.two to ROLE",
            mend: "revoke truncate on SCHEMA.two from ROLE"
        ),
        AuditFault(
            codes: [.defaultPrivileges],
            make: "alter default privileges in schema SCHEMA grant select on tables to public"
        ),
        AuditFault(
            codes: [.safeguardMissing],
            make: "do $$ begin execute format('grant temporary on database %I to public', current_database()); end $$",
        ),
        AuditFault(codes: [.safeguardMissing], make: "grant create on schema public to public"),
        AuditFault(codes: [.safeguardMissing], make: "grant usage on language plpgsql to public"),
        AuditFault(
            codes: [.safeguardMissing],
            make: "grant execute on function pg_catalog.set_config(text, text, boolean) to public"
        ),
        AuditFault(codes: [.publicTables], make: "create table public.stray ()", mend: "drop table public.stray"),
        AuditFault(
            codes: [.securityDefiner, .drift],
            make: "create function SCHEMA.trick() returns int language sql security definer as 'select 1'",
            mend: "drop function SCHEMA.trick()"
        ),
    ]

    static let roles = [
        AuditFault(codes: [.roleAttributes], make: "alter role ROLE login"),
        AuditFault(codes: [.roleAttributes], make: "alter role ROLE superuser createrole"),
        AuditFault(codes: [.roleAttributes], make: "alter role ROLE inherit"),
        AuditFault(codes: [.roleMember], make: "grant OTHER_ROLE to ROLE"),
        AuditFault(codes: [.appNotMember], make: "revoke ROLE from APP"),
        AuditFault(codes: [.appLogin], make: "alter role APP inherit", mend: "alter role APP noinherit"),
        AuditFault(codes: [.appLogin], make: "alter role APP createdb", mend: "alter role APP nocreatedb"),
        AuditFault(
            codes: [.roleMissing],
            make: "drop owned by ROLE; drop role ROLE"
        ),
        AuditFault(
            codes: [.schemaOwner, .appLogin],
            make: "alter schema SCHEMA owner to APP",
            mend: "alter schema SCHEMA owner to OWNER"
        ),
        AuditFault(
            codes: [.objectOwner, .appLogin],
            make: "alter table SCHEMA.one owner to APP",
            mend: "alter table SCHEMA.one owner to OWNER"
        ),
        AuditFault(
            codes: [.objectOwner, .appLogin],
            make: "alter function SCHEMA.two_count() owner to APP",
            mend: "alter function SCHEMA.two_count() owner to OWNER"
        ),
    ]

    static let states = [
        AuditFault(codes: [.schemaRenamed], make: "alter schema SCHEMA rename to elsewhere"),
        AuditFault(
            codes: [.creating],
            make: "update polls_control.tenant set state = 'creating' where name = NAME",
            mend: "update polls_control.tenant set state = 'active' where name = NAME"
        ),
        AuditFault(
            codes: [.dropping],
            make: "update polls_control.tenant set state = 'dropping' where name = NAME",
            mend: "update polls_control.tenant set state = 'active' where name = NAME"
        ),
        AuditFault(
            codes: [.movingWithoutMove],
            make: "update polls_control.tenant set state = 'moving' where name = NAME"
        ),
        AuditFault(
            codes: [.writesPaused],
            make: "update polls_control.tenant set writes_paused = true where name = NAME"
        ),
        AuditFault(
            codes: [.homeMismatch],
            make: "update polls_control.tenant set level = 'container' where name = NAME",
            mend: "update polls_control.tenant set level = 'schema' where name = NAME"
        ),
        AuditFault(
            codes: [.homeUnfinished],
            make: """
                insert into polls_control.home (tenant_id, level, schema_name)
                select id, 'schema', name from polls_control.tenant where name = NAME
                """,
            mend: "delete from polls_control.home"
        ),
        AuditFault(
            codes: [.moveUnfinished],
            make: """
                insert into polls_control.move (tenant_id, from_level, to_level, to_home, method, step, keep)
                select id, 'schema', 'database', 7, 'copy', 'copied', '0' from polls_control.tenant where name = NAME
                """,
            mend: "delete from polls_control.move"
        ),
        AuditFault(codes: [.publicationLeftover], make: "create publication polls_move_70"),
        AuditFault(
            codes: [.badDomain],
            make: """
                insert into polls_control.tenant_domain
                select 'it''s no host', id from polls_control.tenant where name = NAME
                """
        ),
        AuditFault(
            codes: [.badName],
            make: "update polls_control.tenant set name = 'www' where name = NAME",
            mend: "update polls_control.tenant set name = NAME where name = 'www'"
        ),
        AuditFault(codes: [.schemaLeftover], make: "create schema frodo"),
        AuditFault(codes: [.schemaLeftover], make: "create schema \"frodo~7\"; create table \"frodo~7\".one ()"),
        AuditFault(
            codes: [.ledgerChecksum],
            make: "update polls_control.tenant_migration set checksum = 'x' where version = 1",
            mend: """
                update polls_control.tenant_migration set checksum = \
                '\((try? Migration.load(AuditSite.migrations.map { ($0.file, Array($0.text.utf8)) }))?[0].checksum ?? "")'
                where version = 1
                """
        ),
        AuditFault(
            codes: [.ledgerVersion, .behind, .drift],
            make: "update polls_control.tenant set schema_version = 1 where name = NAME",
            mend: "update polls_control.tenant set schema_version = 2 where name = NAME"
        ),
        AuditFault(
            codes: [.ledgerVersion, .ahead],
            make: "update polls_control.tenant set schema_version = 3 where name = NAME",
            mend: "update polls_control.tenant set schema_version = 2 where name = NAME"
        ),
    ]
}
