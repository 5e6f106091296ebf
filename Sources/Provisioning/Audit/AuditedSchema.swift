import Postgres

/// A schema that the registry has a tenant in, or keeps for one, and what PostgreSQL has in its place.
struct AuditedSchema {
    /// What it is to the tenant.
    enum Purpose: Equatable {
        /// The tenant lives in it.
        case live
        /// It was left by a move, and is kept, or is what a move is making. It takes no writes.
        case fenced(home: Int64)
    }

    let tenant: String
    let purpose: Purpose
    /// As the registry has them.
    let schema: String
    let oid: UInt32
    let role: String?
    let version: Int32
    /// A move is under way, or writers are kept waiting: the rights to write come and go.
    let isMoving: Bool
    /// As PostgreSQL has them; `nil`: there is none.
    let actualName: String?
    let owner: String?
    /// Oid of a schema with the tenant's own name.
    let namesake: UInt32?
    let roleOID: UInt32?
    /// What the role may that it must not: `login`, `superuser` and their kind.
    let attributes: [String]

    init(_ row: Row) throws {
        tenant = try row.decode(String.self, at: 0)
        purpose = try row.decode(Int64?.self, at: 1).map { .fenced(home: $0) } ?? .live
        schema = try row.decode(String.self, at: 2)
        oid = try row.decode(UInt32.self, at: 3)
        role = try row.decode(String?.self, at: 4)
        version = try row.decode(Int32.self, at: 5)
        isMoving = try row.decode(Bool.self, at: 6)
        actualName = try row.decode(String?.self, at: 7)
        owner = try row.decode(String?.self, at: 8)
        namesake = try row.decode(UInt32?.self, at: 9)
        roleOID = try row.decode(UInt32?.self, at: 10)
        attributes = try row.decode([String].self, at: 11)
    }

    var isFenced: Bool { purpose != .live }

    /// How people name it.
    var object: String { "schema \"\(actualName ?? schema)\"" }
    var roleObject: String { "role \"\(role ?? "")\"" }

    /// Those of a database's registry, by tenant. A tenant that is being made or dropped has none to rely on.
    /// - Parameter names: only of these tenants; `nil`: of all.
    static func read(_ names: [String]?, _ connection: PostgresConnection) async throws -> [AuditedSchema] {
        try await connection.query(
            """
            with place as (
                select tenant.name, null::bigint as home, schema_name, schema_oid, role_name, schema_version,
                    state = 'moving' or writes_paused or exists (
                        select from polls_control.move where tenant_id = tenant.id and finished_at is null) as is_moving
                from polls_control.tenant
                where home_id is null and state not in ('creating', 'dropping')
                union all
                select tenant.name, home.id, home.schema_name, home.schema_oid, home.role_name, schema_version, true
                from polls_control.home join polls_control.tenant on tenant.id = home.tenant_id
                where home.level = 'schema' and home.schema_oid <> 0 and tenant.state not in ('creating', 'dropping')
            )
            select name, home, schema_name, schema_oid, role_name, schema_version, is_moving,
                own.nspname::text, owner.rolname::text, named.oid, role.oid,
                array_remove(array[
                    case when role.rolcanlogin then 'login' end, case when role.rolsuper then 'superuser' end,
                    case when role.rolcreatedb then 'createdb' end, case when role.rolcreaterole then 'createrole' end,
                    case when role.rolreplication then 'replication' end,
                    case when role.rolbypassrls then 'bypassrls' end, case when role.rolinherit then 'inherit' end
                ], null)
            from place
            left join pg_catalog.pg_namespace own on own.oid = schema_oid
            left join pg_catalog.pg_namespace named on named.nspname = schema_name
            left join pg_catalog.pg_roles owner on owner.oid = own.nspowner
            left join pg_catalog.pg_roles role on role.rolname = role_name
            where \(names == nil) or name = any (\(names ?? []))
            order by name, home nulls first
            """
        ).map { try AuditedSchema($0) }
    }
}
