import FoundationEssentials
import Postgres
import Tenancy

extension Provisioner {
    /// The tenants that are not at the product's version, by name: one query.
    /// - Throws: ``ProvisioningError`` with code `noSuchTenant` when one of those asked for is not there.
    public func behind(_ tenants: [TenantName]? = nil) async throws -> [MigratedTenant] {
        try await withConnection("reading the registry") { connection in
            let names = tenants?.map(\.rawValue)
            let rows = try await connection.query(
                """
                select name, schema_version from polls_control.tenant
                where state not in ('creating', 'dropping')
                    and (\(names == nil) and schema_version < \(product.version) or name = any (\(names ?? [])))
                order by name
                """
            ).decode(String.self, Int32.self)
            let found = Set(rows.map(\.0))
            if let missing = tenants?.first(where: { !found.contains($0.rawValue) }) {
                throw ProvisioningError.noSuchTenant(missing)
            }
            return try rows.filter { $0.1 < product.version }.map { name, version in
                MigratedTenant(name: try TenantName(stored: name), from: version, to: product.version)
            }
        }
    }

    /// Brings tenants to the product's version, each in a transaction of its own. A failure stops no other tenant, unless
    /// the options say so.
    /// - Parameter report: called for each as it is done with, one call at a time.
    /// - Throws: ``ProvisioningError`` when the run could not begin, or not be written down.
    public func migrate(
        _ options: MigrationOptions = MigrationOptions(),
        report: (TenantName, Result<MigratedTenant, any Error>) throws -> Void = { _, _ in }
    ) async throws -> MigrationRun {
        try await migrate(options, each: { try await migrate($0, options) }, report)
    }

    /// - Parameter each: brings one tenant up to date, wherever it lives.
    func migrate(
        _ options: MigrationOptions,
        each: @escaping @Sendable (TenantName) async throws -> MigratedTenant,
        _ report: (TenantName, Result<MigratedTenant, any Error>) throws -> Void
    ) async throws -> MigrationRun {
        let behind = try await behind(options.tenants)
        guard !behind.isEmpty else { return MigrationRun(id: nil) }
        let id = try await beginRun()
        var run = MigrationRun(id: id)
        do {
            let names = behind.map(\.name)
            let first = min(options.canary ?? 0, names.count)
            for wave in [names[..<first], names[first...]] {
                try await migrate(Array(wave), options, each) { name, outcome in
                    switch outcome {
                    case .success(let migrated): run.migrated.append(migrated)
                    case .failure(let error): run.failed.append((name, error))
                    }
                    try report(name, outcome)
                    return run.failed.count < options.stopAfter ?? .max
                }
                // Of the canaries, none may fail.
                guard run.failed.isEmpty else { break }
            }
            run.left = names.count - run.migrated.count - run.failed.count
        } catch {
            try? await end(run, id)
            throw error
        }
        try await end(run, id)
        return run
    }

    /// - Parameter report: whether further ones are to be taken up.
    private func migrate(
        _ tenants: [TenantName],
        _ options: MigrationOptions,
        _ each: @escaping @Sendable (TenantName) async throws -> MigratedTenant,
        report: (TenantName, Result<MigratedTenant, any Error>) throws -> Bool
    ) async throws {
        var queue = MigrationQueue(tenants, at: .now)
        typealias Outcome = (job: MigrationQueue.Job, result: Result<MigratedTenant, any Error>)
        try await withThrowingTaskGroup(of: Outcome?.self) { group in
            var busy = 0
            var isWaiting = false
            var goesOn = true
            while true {
                while busy < options.width, !isWaiting, goesOn {
                    switch queue.next(at: .now) {
                    case .migrate(let job):
                        busy += 1
                        group.addTask {
                            do { return (job, .success(try await each(job.tenant))) } catch {
                                return (job, .failure(error))
                            }
                        }
                        continue
                    case .wait(let moment):
                        isWaiting = true
                        group.addTask {
                            try await Task.sleep(until: moment)
                            return nil
                        }
                    case .finished: break
                    }
                    break
                }
                // Whoever waits for another try does so in vain.
                if busy == 0, !goesOn { return group.cancelAll() }
                guard let outcome = try await group.next() else { return }
                guard let outcome else {
                    isWaiting = false
                    continue
                }
                busy -= 1
                if case .failure(let error as ProvisioningError) = outcome.result,
                    error.code == .busy || error.code == .connectionLost, queue.again(outcome.job, at: .now)
                {
                    continue
                }
                goesOn = try report(outcome.job.tenant, outcome.result)
            }
        }
    }

    /// One tenant, in one transaction.
    func migrate(_ name: TenantName, _ options: MigrationOptions) async throws -> MigratedTenant {
        let changed = "The tenant is as it was"
        return try await change(name, "migrating") { connection in
            let answers = try await connection.run([
                "select set_config('lock_timeout', \("\(options.lockTimeout.milliseconds)ms"), true)",
                AdvisoryLock.migrate(name).wait,
                """
                select id, role_name, (select nspname::text from pg_catalog.pg_namespace where oid = schema_oid),
                    state = 'moving'
                        or exists (select from polls_control.move where tenant_id = tenant.id and finished_at is null)
                from polls_control.tenant where name = \(name.rawValue)
                """,
            ])
            guard
                let (id, role, schemaName, isMoving) = try answers[2].decodeOptional(
                    UUID.self,
                    String?.self,
                    String?.self,
                    Bool.self
                )
            else { throw ProvisioningError.noSuchTenant(name) }
            guard !isMoving else { throw ProvisioningError.moveUnderWay(of: name) }
            guard let schemaName else { throw ProvisioningError.schemaMissing(of: name) }
            let schema = try Identifier(schemaName)
            // Only now, with the lock held, is the ledger what it will stay.
            let ledger = Ledger(
                entries: try await connection.run([
                    "select set_config('search_path', \(schema.quoted + ", pg_temp"), true)",
                    """
                    select version, checksum from polls_control.tenant_migration where tenant_id = \(id)
                    order by version
                    """,
                ])[1].decode(Int32.self, String.self).map { .init(version: $0.0, checksum: $0.1) }
            )
            let pending = try ledger.pending(of: product.migrations, owner: name.rawValue)
            let applied = try await apply(pending, to: name.rawValue, changed: changed, connection)
            let update: SQL =
                "update polls_control.tenant set schema_version = \(product.version) where id = \(id)"
            try await Self.grant(schema, to: try grantee(role: role), connection)
            _ = try await connection.run([Self.record(applied, of: id), update])
            return MigratedTenant(name: name, from: Int32(ledger.entries.count), to: product.version)
        }
    }

    private func beginRun() async throws -> Int64 {
        try await withConnection("writing down the run") { connection in
            try await connection.query("insert into polls_control.fleet_run (command) values ('migrate') returning id")
                .decodeOne(Int64.self)
        }
    }

    private func end(_ run: MigrationRun, _ id: Int64) async throws {
        let names = run.failed.map(\.tenant.rawValue)
        let errors = run.failed.map { "\($0.error)" }
        try await withConnection("writing down the run") { connection in
            _ = try await connection.query(
                """
                update polls_control.fleet_run
                set finished_at = now(), done = \(Int32(run.migrated.count)), failed = \(Int32(run.failed.count)),
                    errors = (select coalesce(jsonb_agg(jsonb_build_object('tenant', tenant, 'error', error)), '[]')
                        from unnest(\(names), \(errors)) as failure (tenant, error))
                where id = \(id)
                """
            )
        }
    }
}
