import Markup

/// What the comparison's references gave: by hand, nginx before an empty handler, and moves.
struct ReferenceSection {
    let comparison: Comparison

    var html: HTML? {
        let parts = [byHand, front, moves].compactMap(\.self)
        guard !parts.isEmpty else { return nil }
        return "<section><h2>Beside the references</h2><div class=\"charts\">\(parts)</div></section>"
    }

    private var byHand: HTML? {
        guard let byHand = comparison.byHand else { return nil }
        let ours = comparison.point(.container, tenants: byHand.tenants)
        return figure(
            "Containers, and the same by hand",
            """
            A shell script does what a reader of a manual would type: initdb, pg_ctl, polls-admin, polls-server, and a block for \
            nginx. \(Units.tenants(byHand.tenants))\(comparison.run.runtime == .docker ? ", as processes without an engine" : "").
            """,
            ["", "by hand", "container", "ratio"],
            [
                [
                    "memory a tenant", Units.bytes(byHand.memoryPerTenant), Units.bytes(ours?.memoryPerTenant ?? .nan),
                    ratio((ours?.memoryPerTenant ?? .nan) / byHand.memoryPerTenant),
                ],
                [
                    "time to create", Units.seconds(byHand.create), Units.seconds(ours?.create ?? .nan),
                    ratio((ours?.create ?? .nan) / byHand.create),
                ],
            ]
        )
    }

    private var front: HTML? {
        guard let front = comparison.front else { return nil }
        let rows = [
            ("an empty handler", front.emptyHandler), ("an empty list", front.emptyList),
            ("20 questions", front.questions),
        ].map { name, traffic in
            [
                name, Units.count(traffic.requestsPerSecond), Units.milliseconds(traffic.p50),
                Units.milliseconds(traffic.p99),
                ratio(traffic.requestsPerSecond / front.emptyHandler.requestsPerSecond),
            ]
        }
        return figure(
            "nginx and the shared server",
            "The same wrk through the same nginx: what the server answers without a database, and with it.",
            ["answer", "a second", "p50", "p99", "ratio"],
            rows
        )
    }

    private var moves: HTML? {
        guard !comparison.moves.isEmpty else { return nil }
        return figure(
            "Moving a tenant under a writer",
            """
            Votes go on, each with a key of its own; a vote that was refused is sent again with the same key. Afterwards each \
            acknowledged vote is looked for.
            """,
            ["move", "votes before", "pause", "in all", "acknowledged", "lost", "doubled"],
            comparison.moves.map { move in
                [
                    "\(move.from.rawValue) to \(move.to.rawValue)", Units.count(move.votes),
                    Units.milliseconds(move.pause), Units.seconds(move.seconds), Units.count(move.acknowledged),
                    Units.count(move.lost), Units.count(move.doubled),
                ]
            },
            spans: true
        )
    }

    private func ratio(_ value: Double) -> String { value.isFinite ? value.text() + "×" : "–" }

    private func figure(_ title: String, _ note: String, _ head: [String], _ rows: [[String]], spans: Bool = false)
        -> HTML
    {
        let header = head.enumerated().map { index, name -> HTML in
            index == 0 ? "<th scope=\"col\">\(name)</th>" : "<th scope=\"col\" class=\"number\">\(name)</th>"
        }
        let body = rows.map { row -> HTML in
            let cells = row.enumerated().map { index, text -> HTML in
                index == 0 ? "<th scope=\"row\">\(text)</th>" : "<td class=\"number\">\(text)</td>"
            }
            return "<tr>\(cells)</tr>"
        }
        return """
            <figure class="\(spans ? "span" : "")">
            <figcaption><h3>\(title)</h3><p>\(note)</p></figcaption>
            <div class="scroll"><table><thead><tr>\(header)</tr></thead><tbody>\(body)</tbody></table></div>
            </figure>
            """
    }
}
