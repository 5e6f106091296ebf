/// Moves a tenant with many votes while a writer goes on, and looks for every acknowledged vote afterwards.
struct MoveMeasurement: Sendable {
    let votes: Int
    /// To `database` first, and from there on to `container`.
    let levels: [Level]
    let progress: Progress

    static let writesPerSecond = 200

    /// - Parameter report: called for each move as it is done.
    func run(_ options: Site.Options, report: @escaping @Sendable (MoveFigures) async throws -> Void) async throws {
        try await Site.with(options, level: levels.contains(.container) ? .container : .schema) { site in
            try await site.withLevelFront {
                // The first isolated tenant brings up the front door that the mover needs.
                if levels.contains(.container) { try await site.admin.create("door") }
                var from = Level.schema
                try await site.admin.create("mover", at: from)
                try await site.waitUntilServed("mover")
                try await site.fill("mover")
                try await site.admin.sql("mover", Self.history(votes))
                for to in levels {
                    let figures = try await move(site, from: from, to: to)
                    try await report(figures)
                    await progress.step(
                        "move from \(from.rawValue) to \(to.rawValue)",
                        "pause \(Units.milliseconds(figures.pause)), \(figures.lost) lost, "
                            + "\(figures.doubled) doubled"
                    )
                    from = to
                }
            }
        }
    }

    private func move(_ site: Site, from: Level, to: Level) async throws -> MoveFigures {
        let before = try await count(site, "select count(*)::int as n from vote")
        let writer = VoteWriter(
            port: site.port,
            tenant: "mover",
            prefix: "to-\(to.rawValue)",
            rate: Self.writesPerSecond
        )
        let (acknowledged, outcome) = try await writer.run {
            // Before the move, and after it, the writer goes on for a while.
            try await Task.sleep(for: .seconds(1))
            let outcome = try await site.admin.move("mover", to: to)
            try await Task.sleep(for: .seconds(1))
            return outcome
        }
        let rows = try await site.admin.sql(
            "mover",
            "select idempotency_key from vote where starts_with(idempotency_key, 'to-\(to.rawValue)-')"
        )
        let found = Set(rows.compactMap { $0["idempotency_key"]?.text })
        let surplus = try await count(
            site,
            "select ((select sum(votes) from choice) - (select count(*) from vote))::int as n"
        )
        return MoveFigures(
            from: from,
            to: to,
            votes: before,
            writesPerSecond: Self.writesPerSecond,
            pause: outcome.pause,
            seconds: outcome.seconds,
            acknowledged: acknowledged.count,
            lost: acknowledged.subtracting(found).count,
            doubled: abs(surplus)
        )
    }

    private func count(_ site: Site, _ sql: String) async throws -> Int {
        guard let number = try await site.admin.sql("mover", sql).first?["n"]?.int else {
            throw CompareFailure("polls-admin sql gave no number", next: "See what it prints: \(sql)")
        }
        return number
    }

    /// So many votes, spread over the choices, with counts that agree.
    private static func history(_ votes: Int) -> String {
        """
        insert into vote (idempotency_key, choice_id)
          select 'before-' || n, (select min(id) from choice) + n % 60 from generate_series(1, \(votes)) n;
        update choice set votes = (select count(*) from vote where choice_id = choice.id)
        """
    }
}
