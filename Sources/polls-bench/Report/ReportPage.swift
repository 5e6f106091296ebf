import Markup

/// The report of a comparison: one file that needs no other, and no script.
struct ReportPage {
    let comparison: Comparison

    var html: HTML {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Schema, database or container? What each level of isolation costs</title>
        <style>\(ReportStyle.css)</style>
        </head>
        <body>
        <main>
        \(header)
        \(findings)
        \(targets)
        \(charts)
        \(BlastSection(comparison: comparison).html)
        \(ReferenceSection(comparison: comparison).html)
        \(MethodSection(comparison: comparison).html)
        </main>
        </body>
        </html>

        """
    }

    private var header: HTML {
        let machine = comparison.machine
        return """
            <header>
            <p class="kicker">polls-bench compare</p>
            <h1>Schema, database or container?</h1>
            <p class="lead">What each level of isolation costs: the same app, the same data and the same load, side by side in one run.</p>
            <p class="facts">\(day) · \(machine.processor), \(machine.cores) cores, \(Units.bytes(Double(machine.memory))) · \
            PostgreSQL \(machine.postgres), nginx \(machine.nginx) · the container level ran as \(comparison.run.runtime.meaning)</p>
            <ul class="legend">\(comparison.levels.map(legend))</ul>
            \(notices)
            </header>
            """
    }

    /// What a reader has to know before any figure.
    private var notices: [HTML] {
        var notices: [HTML] = []
        if comparison.run.build != "release" {
            notices.append("<p class=\"warning\">These programs were not optimised. Do not quote the figures.</p>")
        }
        if !comparison.lacking.isEmpty {
            notices.append("<p class=\"warning\">Not everything was measured: <a href=\"#lacking\">what lacks</a>.</p>")
        }
        return notices
    }

    private var day: String { String(comparison.run.date.prefix(10)) }

    private func legend(_ level: Level) -> HTML {
        """
        <li class="\(level.rawValue)"><svg viewBox="0 0 16 16" aria-hidden="true">\(Marker(level: level, x: 8, y: 8).html)</svg>\
        <span><b>\(level.rawValue)</b> a tenant has \(level.meaning)</span></li>
        """
    }

    /// The levels at one number of tenants, as large figures.
    private var findings: HTML? {
        guard let count = comparison.sharedCount() else { return nil }
        let cards = comparison.levels.map { level -> HTML in
            """
            <article class="card \(level.rawValue)">
            <h3>\(level.rawValue)</h3>
            \(comparison.point(level, tenants: count).map(card) ?? "<p class=\"unknown\">not measured</p>")
            </article>
            """
        }
        return """
            <section>
            <h2>With \(Units.tenants(count))</h2>
            <div class="cards">\(cards)</div>
            </section>
            """
    }

    private func card(_ point: LevelPoint) -> HTML {
        """
        <dl>
        <div><dt>memory a tenant</dt><dd>\(Units.bytes(point.memoryPerTenant))</dd></div>
        <div><dt>to create one</dt><dd>\(Units.seconds(point.create))</dd></div>
        <div><dt>requests a second</dt><dd>\(Units.count(point.uniform.requestsPerSecond))</dd></div>
        <div><dt>to migrate all</dt><dd>\(Units.seconds(point.migrateSeconds ?? .nan))</dd></div>
        <div><dt>if a database dies, others</dt><dd>\(neighbour(point))</dd></div>
        <div><dt>if one is overloaded, others’ p99</dt><dd>\(crowded(point))</dd></div>
        </dl>
        """
    }

    private func neighbour(_ point: LevelPoint) -> String {
        guard let others = point.killed?.others else { return "–" }
        if others.failed > 0 { return "fail for \(Units.seconds(others.lastFailure))" }
        return others.slowest < 100 ? "notice nothing" : "wait \(Units.seconds(others.slowest / 1000))"
    }

    private func crowded(_ point: LevelPoint) -> String {
        point.overloaded.map { Units.milliseconds($0.p99) } ?? "–"
    }

    private var targets: HTML? {
        let figures = Targets.judge(comparison)
        guard !figures.isEmpty else { return nil }
        let rows = figures.map { figure -> HTML in
            let verdict: HTML =
                switch figure.holds {
                case true?: "<td class=\"holds\">✓ reached</td>"
                case false?: "<td class=\"missed\">✗ missed</td>"
                case nil: "<td class=\"unknown\">not measured</td>"
                }
            return """
                <tr><th scope="row">\(figure.name)</th><td class="number">\(figure.value)</td><td>\(figure.target)</td>\
                \(verdict)</tr>
                """
        }
        return """
            <section>
            <h2>Figures to reach</h2>
            \(Targets.difference(comparison).map { "<p class=\"facts\">\($0)</p>" as HTML })
            <div class="scroll"><table class="wide">
            <thead><tr><th scope="col">figure</th><th scope="col" class="number">measured</th><th scope="col">aim</th>\
            <th scope="col">verdict</th></tr></thead>
            <tbody>\(rows)</tbody>
            </table></div>
            </section>
            """
    }

    private var charts: HTML? {
        guard !comparison.points.isEmpty else { return nil }
        return """
            <section>
            <h2>Over the number of tenants</h2>
            <div class="charts">\(Metric.all.map { MetricFigure(metric: $0, comparison: comparison).html })</div>
            </section>
            """
    }
}
