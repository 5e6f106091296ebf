import Postgres
import Tenancy

/// What the registry itself says that cannot be, and what commands have left unfinished.
extension DatabaseAudit {
    /// Names and domains that no host leads to.
    func registryFindings() async throws -> [Finding] {
        let answers = try await connection.run([
            "select name from polls_control.tenant where \(names == nil) or name = any (\(names ?? [])) order by name",
            """
            select host, name from polls_control.tenant_domain join polls_control.tenant on tenant.id = tenant_id
            where \(names == nil) or name = any (\(names ?? [])) order by host
            """,
        ])
        var findings: [Finding] = []
        for name in try answers[0].decode(String.self) {
            do { _ = try TenantName(name) } catch {
                findings.append(
                    Finding(
                        .badName,
                        tenant: name,
                        at: "tenant \(name)",
                        "\(error)",
                        next:
                            "No host leads to it, and commands refuse it: give it another name in polls_control.tenant."
                    )
                )
            }
        }
        for (host, name) in try answers[1].decode(String.self, String.self) {
            if let domain = try? TenantDomain(host), domain.host == host { continue }
            findings.append(
                Finding(
                    .badDomain,
                    .warning,
                    tenant: name,
                    at: "domain \(host)",
                    "\(host.debugDescription) is no host name, and no request ever has it",
                    next:
                        "Run: delete from polls_control.tenant_domain where host = '\(host.replacing("'", with: "''"))';"
                )
            )
        }
        return findings
    }

    /// What a killed command has left. A tenant that a command works on at this moment is left out: it holds the lock.
    func stateFindings() async throws -> [Finding] {
        let answers = try await connection.run([
            """
            with tenant as (
                select *, exists (
                        select from polls_control.move where tenant_id = tenant.id and finished_at is null) as is_moving,
                    exists (
                        select from pg_catalog.pg_locks
                        where locktype = 'advisory' and objsubid = 1
                            and database = (select oid from pg_catalog.pg_database where datname = current_database())
                            and (classid::bigint << 32) | objid::bigint
                                = hashtextextended('polls_control.place:' || name, 0)) as is_busy
                from polls_control.tenant
                where (\(names == nil) or name = any (\(names ?? []))) and (
                    state not in ('active', 'suspended') or writes_paused or level <> 'schema' or home_id is not null
                    or exists (select from polls_control.home where tenant_id = tenant.id)
                    or exists (select from polls_control.move where tenant_id = tenant.id and finished_at is null))
            )
            select name, case
                    when state in ('creating', 'dropping') then state
                    when is_moving then 'move'
                    when state = 'moving' then 'moving'
                    when writes_paused then case state when 'suspended' then 'closed' else 'paused' end
                    when home_id is null and level <> 'schema' then 'no home'
                    when home_id is not null and not exists (
                        select from polls_control.home
                        where home.id = home_id and home.state = 'live' and home.level = tenant.level
                            and home.tenant_id = tenant.id) then 'other home' end,
                coalesce((select step from polls_control.move where tenant_id = tenant.id and finished_at is null), '')
            from tenant where not is_busy and (state not in ('active', 'suspended') or is_moving or writes_paused
                or level <> 'schema' or home_id is not null)
            order by name
            """,
            """
            select tenant.name, home.id, home.level || coalesce('@' || server_name, ''), home.state,
                coalesce(home.state = 'kept' and drop_after < now(), false),
                home.state = 'live' and home_id is distinct from home.id
            from polls_control.home join polls_control.tenant on tenant.id = tenant_id
            where (\(names == nil) or name = any (\(names ?? []))) and tenant.state not in ('creating', 'dropping')
                and not exists (select from polls_control.move where move.tenant_id = tenant.id and finished_at is null)
                and (home.state = 'making' or home.state = 'kept' and drop_after < now()
                    or home.state = 'live' and home_id is distinct from home.id)
            order by tenant.name, home.id
            """,
            """
            select pubname::text from pg_catalog.pg_publication
            where \(names == nil) and pubname ~ '^polls_move_[0-9]+$' and not exists (
                select from polls_control.move where finished_at is null and 'polls_move_' || id = pubname)
            order by 1
            """,
        ])
        let unfinished = try answers[0].decode(String.self, String?.self, String.self).compactMap { name, state, step in
            state.map { Self.unfinished(name, $0, step: step) }
        }
        let homes = try answers[1].decode(String.self, Int64.self, String.self, String.self, Bool.self, Bool.self).map {
            Self.home($0.0, id: $0.1, place: $0.2, isOverdue: $0.4, isForgotten: $0.5)
        }
        let publications = try answers[2].decode(String.self).map { name in
            Finding(
                .publicationLeftover,
                .warning,
                at: "publication \"\(name)\"",
                "a move that is over has left it",
                next: "Run: drop publication \(Self.quoted(name));"
            )
        }
        return unfinished + homes + publications
    }

    private static func unfinished(_ name: String, _ state: String, step: String) -> Finding {
        func finding(_ code: Finding.Code, _ severity: Finding.Severity, _ message: String, _ next: String) -> Finding {
            Finding(code, severity, tenant: name, at: "tenant \(name)", message, next: next)
        }
        switch state {
        case "creating":
            return finding(
                .creating,
                .error,
                "\(name) was being made, and no command is at it any more",
                "Run polls-admin create-schema \(name) again with the same --level, or drop-schema \(name)."
            )
        case "dropping":
            return finding(
                .dropping,
                .error,
                "\(name) was being dropped, and no command is at it any more",
                "Run polls-admin drop-schema \(name) again."
            )
        case "move":
            let isForward = step == "switched"
            return finding(
                .moveUnfinished,
                .error,
                "its move stopped at the step \(step), and no command is at it any more",
                isForward
                    ? "Run polls-admin move \(name) --resume: it can only go forward."
                    : step == "aborting"
                        ? "Run polls-admin move \(name) --abort: it can only go back."
                        : "Run polls-admin move \(name) --resume, or --abort."
            )
        case "moving":
            return finding(
                .movingWithoutMove,
                .error,
                "\(name) is moving, and there is no move: its writers wait for nothing",
                "Run: update polls_control.tenant set state = 'active', writes_paused = false where name = '\(name)';"
            )
        case "closed":
            return finding(
                .writesPaused,
                .warning,
                "it was being archived, so that it could be dropped, and no command is at it any more",
                "Run polls-admin drop-schema \(name) --archive again, or polls-admin resume \(name)."
            )
        case "paused":
            return finding(
                .writesPaused,
                .error,
                "writes of \(name) are paused, and there is no move that they could wait for",
                "Run: update polls_control.tenant set writes_paused = false where name = '\(name)';"
            )
        default:
            return finding(
                .homeMismatch,
                .error,
                "the registry says that \(name) lives in a home of its own, and has no such home that is live",
                "Find its home in polls_control.home, or restore the registry from a backup; it is not served until then."
            )
        }
    }

    private static func home(_ name: String, id: Int64, place: String, isOverdue: Bool, isForgotten: Bool) -> Finding {
        let object = "home \(id) (\(place))"
        if isOverdue {
            return Finding(
                .copyOverdue,
                .warning,
                tenant: name,
                at: object,
                "an old copy of \(name) is kept past its time",
                next: "Run polls-admin move --sweep."
            )
        }
        let why =
            isForgotten
            ? "it is live in the registry, and \(name) lives elsewhere" : "it was being made, and no move is"
        return Finding(
            isForgotten ? .homeMismatch : .homeUnfinished,
            isForgotten ? .error : .warning,
            tenant: name,
            at: object,
            why + (isForgotten ? "" : " under way that would end it"),
            next: "Run: update polls_control.home set state = 'kept', drop_after = now() where id = \(id); and then "
                + "polls-admin move --sweep."
        )
    }
}
