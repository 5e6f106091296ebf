import FoundationEssentials
import Testing

@testable import polls_bench

@Suite struct ReportTests {
    @Test func textIsEscaped() {
        let hostile = "<script>alert('x')</script> & \"more\""
        let html = ReportPage(comparison: Sample.comparison(processor: hostile)).html.text
        #expect(!html.contains("<script"))
        #expect(html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;more&quot;"))
    }

    @Test func theReportNeedsNoOtherFileAndNoScript() {
        let html = ReportPage(comparison: Sample.comparison()).html.text
        for outside in ["http:", "https:", "<script", "<link", "@import", "url(", " src=", " onload="] {
            #expect(!html.contains(outside), "the report has \(outside)")
        }
    }

    @Test func everyChartHasATitleADescriptionAndATableBesideIt() {
        let html = ReportPage(comparison: Sample.comparison()).html.text
        for metric in Metric.all {
            #expect(html.contains("aria-labelledby=\"\(metric.id)-t \(metric.id)-d\""))
            #expect(html.contains("<title id=\"\(metric.id)-t\">\(metric.title)</title>"))
            #expect(html.contains("<desc id=\"\(metric.id)-d\">"))
        }
        let figures = html.split(separator: "<figure").dropFirst()
        #expect(figures.count >= Metric.all.count)
        for figure in figures { #expect(figure.contains("<table>")) }
    }

    @Test func lightDarkAndPaperHaveTheirLook() {
        let html = ReportPage(comparison: Sample.comparison()).html.text
        #expect(html.contains("@media screen and (prefers-color-scheme: dark)"))
        #expect(html.contains("@media print"))
    }

    /// Elements are closed in the order in which they were opened; those that HTML never closes are left aside.
    @Test(arguments: [(Level.allCases, [1, 2, 20]), ([.schema], [1]), ([], [])] as [([Level], [Int])])
    func elementsAreNested(levels: [Level], counts: [Int]) throws {
        let comparison = Sample.comparison(levels: levels, counts: counts)
        let html = ReportPage(comparison: comparison).html.text
        var open: [Substring] = []
        for match in html.matches(of: /<(\/?)([a-z0-9]+)(?:\s[^>]*?)?(\/?)>/) {
            let (_, end, name, alone) = match.output
            if ["meta", "link"].contains(name) || !alone.isEmpty { continue }
            if end.isEmpty {
                open.append(name)
            } else {
                #expect(open.popLast() == name)
            }
        }
        #expect(open.isEmpty)
    }

    @Test func theTableForTheReadmeHasEachLevelAndWhatWasMissed() {
        let text = MarkdownTable.text(Sample.comparison())
        #expect(text.hasPrefix("| 20 tenants | `schema` | `database` | `container` |\n|---|---|---|---|\n"))
        #expect(text.contains("| memory a tenant, beyond the shared base | 512 KiB | 3.0 MiB | 40 MiB |"))
        #expect(text.contains("| one tenant's database killed: failed at others | 12 of 400, for 400 ms"))
        #expect(text.contains("20 questions, over nginx and an empty handler | 0.75× | at least 0.8×: missed |"))
    }

    @Test func targetsAreJudged() {
        let figures = Targets.judge(Sample.comparison())
        #expect(
            figures.map(\.value) == [
                "80.0×", "32.0×", "1.05×", "1.07×", "0.75×", "0.85×", "120 ms", "0", "210 ms", "0",
            ]
        )
        #expect(figures.map(\.holds) == [true, true, true, true, false, true, true, true, true, true])
    }

    @Test func whatWasNotAskedForIsNotJudged() {
        #expect(Targets.judge(Sample.comparison(levels: [.schema], byHandTenants: nil)).isEmpty)
    }

    @Test func whatWasAskedForAndIsNotThereIsNamed() {
        var comparison = Sample.comparison(counts: [1, 2, 20])
        comparison.points.removeAll { $0.level == .container && $0.tenants > 1 }
        comparison.omitted = [.init(what: "container × 20", why: "memory ended")]
        comparison.byHand = nil
        comparison.front = nil
        comparison.moves = []
        #expect(
            comparison.lacking == [
                .init(what: "container × 2", why: "the run ended before"),
                .init(what: "container × 20", why: "memory ended"),
                .init(
                    what: "by hand × 20, nginx and the shared server, move to database, move to container",
                    why: "the run ended before"
                ),
            ]
        )
        let figures = Targets.judge(comparison)
        #expect(figures.dropFirst(2).allSatisfy { $0.holds == nil && $0.value == "–" })
        let html = ReportPage(comparison: comparison).html.text
        #expect(html.contains("Not everything was measured"))
        #expect(html.contains("<li><b>container × 20</b>: memory ended</li>"))
        #expect(html.contains("This run had 1 tenant."))
        #expect(MarkdownTable.text(comparison).contains("| – | at most 300 ms: not measured |"))
    }

    @Test func aWholeComparisonLacksNothing() {
        #expect(Sample.comparison().lacking.isEmpty)
    }

    @Test func nothingMeasuredIsAReportToo() {
        var comparison = Sample.comparison(levels: [], counts: [])
        comparison.front = nil
        #expect(ReportPage(comparison: comparison).html.text.contains("Not everything was measured"))
    }
}
