import Postgres
import TestSupport
import Testing

/// One owner whose statements stand still costs the others no answer.
@Suite struct SlowOwnerTests {
    private func slow(_ owner: UInt64) -> Segment {
        Segment(
            scope: StatementScope(owner: owner, generation: 1),
            statements: ["select 1 from \(unsafeRaw: Hold.wait)"]
        )
    }

    private func read(_ owner: UInt64, _ number: Int32) -> Segment {
        Segment(
            scope: StatementScope(owner: owner, generation: 1),
            statements: ["select \(number)"],
            isReadOnly: true
        )
    }

    /// Every read is answered while the slow ones still stand still, those behind them on the same connection too.
    @Test(arguments: [2, 4]) func othersAreAnsweredMeanwhile(connections: Int) async throws {
        try await withClient({
            $0.connections = connections
            $0.leases = 2
        }) { client, _ async throws in
            try await Hold.with(client) { hold in
                let standing = Task { try await client.run(slow(1)) }
                try await hold.stopped(1)
                for round in 0..<5 as Range<Int32> {
                    try await withThrowingTaskGroup(of: Bool.self) { group in
                        for owner in 2..<42 as Range<UInt64> {
                            let number = 100 * round + Int32(owner)
                            group.addTask {
                                try await client.run(read(owner, number))[0].decodeOne(Int32.self) == number
                            }
                        }
                        for try await isRight in group { #expect(isRight) }
                    }
                }
                try await hold.stopped(1)
                try await hold.release()
                #expect(try await standing.value.count == 1)
            }
        }
    }

    /// However much it asks for at once, it has two of the connections, and the others the rest.
    @Test func aBurstOfSlowOnesTakesTwoConnections() async throws {
        try await withClient({
            $0.connections = 4
            $0.leases = 2
        }) { client, _ async throws in
            // All connections are up: none is the only one to be had.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<64 { group.addTask { _ = try await client.query("select 1") } }
                try await group.waitForAll()
            }
            try await Hold.with(client) { hold in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<100 { group.addTask { _ = try await client.run(slow(7)) } }
                    try await hold.stopped(2)
                    for number in 0..<200 as Range<Int32> {
                        let answer = try await client.run(read(UInt64(number) + 100, number))[0].decodeOne(Int32.self)
                        #expect(answer == number)
                    }
                    try await hold.stopped(2)
                    try await hold.release()
                    try await group.waitForAll()
                }
            }
        }
    }

    /// Others that come behind them wait for a few of them, and not for all.
    @Test func fewWaitBehindOneThatStandsStill() async throws {
        try await withClient({ $0.connections = 1 }) { client, _ async throws in
            let codes = try await Hold.with(client) { hold in
                try await withThrowingTaskGroup(of: PostgresError.Code?.self) { group in
                    for _ in 0..<20 { group.addTask { await code { _ = try await client.run(slow(7)) } } }
                    // Whatever was sent behind it is lost with it.
                    let backend = try #require(try await hold.stopped(1).first)
                    try await hold.terminate(backend)
                    try await hold.release()
                    return try await group.reduce(into: []) { $0.append($1) }
                }
            }
            #expect((1...4).contains(codes.count { $0 != nil }), "\(codes)")
        }
    }
}
