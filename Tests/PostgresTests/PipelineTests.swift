import Testing

@testable import Postgres

@Suite struct PipelineTests {
    typealias Line = Pipeline<String, Int>
    private let key = StatementCache.Key(scope: .shared, text: "select 1")

    private func finished(_ action: Line.Action) -> Line.Finished? {
        if case .finished(let finished) = action { finished } else { nil }
    }

    private func isMismatch(_ action: Line.Action) -> Bool {
        if case .mismatch = action { true } else { false }
    }

    @Test func answersGoToSegmentsInOrder() throws {
        var line = Line()
        line.append("a", steps: [.preamble(key, wasNamed: false), .statement(key, wasNamed: false)], isRetry: false)
        line.append("b", steps: [.statement(key, wasNamed: false)], isRetry: false)
        for value in [0, 1] {
            _ = line.receive(.answer(value))
            _ = line.receive(.endOfCommand)
        }
        let first = try #require(finished(line.receive(.sync)))
        #expect(first.owner == "a" && first.answers == [1] && first.error == nil)
        _ = line.receive(.answer(2))
        _ = line.receive(.endOfCommand)
        let second = try #require(finished(line.receive(.sync)))
        #expect(second.owner == "b" && second.answers == [2])
        #expect(line.isEmpty)
    }

    @Test func afterAFailureTheRestIsSkipped() throws {
        var line = Line()
        line.append("a", steps: [.statement(key, wasNamed: true), .statement(key, wasNamed: false)], isRetry: false)
        _ = line.receive(.failure(PostgresError(.server, "first")))
        _ = line.receive(.endOfCommand)
        _ = line.receive(.skipped)
        _ = line.receive(.endOfCommand)
        let done = try #require(finished(line.receive(.sync)))
        #expect(done.error?.message == "first" && done.failedName == key && done.answers.isEmpty)
    }

    @Test func anErrorAtCommitFailsTheSegment() throws {
        var line = Line()
        line.append("a", steps: [.statement(key, wasNamed: false)], isRetry: false)
        _ = line.receive(.answer(1))
        _ = line.receive(.endOfCommand)
        _ = line.receive(.failure(PostgresError(.server, "deferred")))
        _ = line.receive(.endOfCommand)
        let done = try #require(finished(line.receive(.sync)))
        #expect(done.error?.message == "deferred" && done.failedName == nil)
    }

    @Test func aNameIsConfirmedOnlyBySuccess() {
        var line = Line()
        for name in ["s1", "s2"] {
            line.append(name, steps: [.prepare(key, name: name), .statement(key, wasNamed: true)], isRetry: false)
        }
        _ = line.receive(.answer(0))
        guard case .prepared(key, name: "s1") = line.receive(.endOfCommand) else {
            Issue.record("s1 was prepared")
            return
        }
        _ = line.receive(.answer(1))
        _ = line.receive(.endOfCommand)
        _ = line.receive(.sync)
        _ = line.receive(.failure(PostgresError(.server, "no")))
        guard case .notPrepared(key) = line.receive(.endOfCommand) else {
            Issue.record("s2 was not prepared")
            return
        }
    }

    @Test func whatDoesNotFitIsAMismatch() {
        var line = Line()
        #expect(isMismatch(line.receive(.sync)), "an answer to nothing")
        line.append("a", steps: [.statement(key, wasNamed: false)], isRetry: false)
        #expect(isMismatch(line.receive(.endOfCommand)), "an end before the answer")
        line = Line()
        line.append("a", steps: [.statement(key, wasNamed: false)], isRetry: false)
        #expect(isMismatch(line.receive(.sync)), "a sync before the answer")
        line = Line()
        line.append("a", steps: [.statement(key, wasNamed: false)], isRetry: false)
        #expect(isMismatch(line.receive(.skipped)), "skipped without a failure")
        line = Line()
        line.append("a", steps: [.statement(key, wasNamed: false)], isRetry: false)
        _ = line.receive(.answer(1))
        #expect(isMismatch(line.receive(.answer(2))), "two answers to one statement")
    }
}
