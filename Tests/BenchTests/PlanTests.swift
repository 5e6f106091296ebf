import Testing

@testable import polls_bench

@Suite struct PlanTests {
    private static let gibibyte = 1 << 30

    private func plan(_ tenants: Int, rps: Double = 10, memory: Int, maxConnections: Int = 100) -> Plan {
        Plan(
            PlanQuestion(
                tenants: tenants,
                requestsPerSecond: rps,
                memory: memory,
                maxConnections: maxConnections
            ),
            by: Sample.comparison()
        )
    }

    @Test func aFewTenantsFitInContainers() {
        let plan = plan(10, memory: 8 * Self.gibibyte)
        #expect(plan.levels.map(\.fits) == [true, true, true])
        #expect(plan.recommended == .container)
        #expect(plan.mixes.isEmpty)
    }

    @Test func manyTenantsFitInSchemasAndSomeOfThemInContainers() throws {
        let plan = plan(500, rps: 200, memory: 4 * Self.gibibyte)
        #expect(plan.levels.map(\.fits) == [true, true, false])
        #expect(plan.recommended == .database)
        // 0.8 × 4 GiB, less 100 MiB of the base and 500 × 512 KiB, in pieces of 40 MiB.
        #expect(plan.mixes == [Plan.Mix(level: .container, of: .schema, tenants: 73)])
    }

    @Test func memoryEndsWhereTheModelSays() throws {
        let plan = plan(1000, memory: Self.gibibyte)
        let container = try #require(plan.levels.last)
        // (0.8 × 1024 − 100) / 40
        #expect(container.limits.first == Plan.Limit(what: "memory", tenants: 17))
        #expect(container.obstacles == ["memory ends at 17 tenants"])
    }

    @Test func theSharedServersBoundKeepsConnectionsFromEnding() throws {
        let enough = try #require(plan(80, memory: 8 * Self.gibibyte).levels.first { $0.level == .database })
        #expect(enough.connections == 56)
        #expect(enough.fits)
        let few = try #require(
            plan(80, memory: 8 * Self.gibibyte, maxConnections: 40).levels.first { $0.level == .database }
        )
        #expect(few.obstacles == ["max_connections ends at 24 tenants"])
    }

    @Test func aRateThatWasNotReachedDoesNotFit() {
        let plan = plan(5, rps: 17_000, memory: 8 * Self.gibibyte)
        #expect(plan.levels.map(\.fits) == [true, false, false])
        #expect(plan.recommended == .schema)
    }

    @Test func nothingFitsWhereNothingCan() {
        let plan = plan(5, memory: 64 << 20)
        #expect(plan.recommended == nil)
        #expect(PlanText(plan: plan).text.contains("Nothing fits"))
    }

    @Test func beyondWhatWasMeasuredItSaysSo() {
        #expect(plan(500, memory: 8 * Self.gibibyte).cautions.first?.contains("500 is 10× that") == true)
        #expect(!plan(50, memory: 8 * Self.gibibyte).cautions.contains { $0.contains("in a straight line") })
    }

    @Test func aLevelThatWasNotMeasuredIsNamed() {
        let plan = Plan(
            PlanQuestion(tenants: 5, requestsPerSecond: 1, memory: 8 * Self.gibibyte),
            by: Sample.comparison(levels: [.schema])
        )
        #expect(plan.levels.map(\.level) == [.schema])
        #expect(plan.cautions.contains("database and container: not measured."))
    }

    @Test(arguments: [
        ("8GB", 8_000_000_000), ("8GiB", 8 << 30), ("512m", 512 << 20), ("16 G", 16 << 30), ("1.5kb", 1500),
        ("100", 100),
    ])
    func memoryIsReadAsPeopleTypeIt(text: String, bytes: Int) {
        #expect(MemorySize(argument: text)?.bytes == bytes)
    }

    @Test(arguments: ["", "GB", "-1GB", "8 giga", "1e9", "0", "99999999999TB"])
    func whatIsNoMemoryIsRefused(text: String) { #expect(MemorySize(argument: text) == nil) }
}
