import DequeModule

/// Matches a connection's answers, first in, first out, to what was sent. It does no I/O; any answer that does not fit
/// is a `mismatch`, after which the connection must be closed: no later answer could be trusted.
struct Pipeline<Owner, Answer> {
    /// One command sent, each answered by results and an end.
    enum Step {
        case prepare(StatementCache.Key, name: String)
        case preamble(StatementCache.Key, wasNamed: Bool)
        case statement(StatementCache.Key, wasNamed: Bool)
        /// Of the client's own, such as DEALLOCATE.
        case housekeeping

        fileprivate var key: StatementCache.Key? {
            switch self {
            case .prepare(let key, _), .preamble(let key, _), .statement(let key, _): key
            case .housekeeping: nil
            }
        }
    }

    /// What libpq reported.
    enum Event {
        case answer(Answer)
        case failure(PostgresError)
        /// Skipped, since an earlier command of its segment failed.
        case skipped
        case endOfCommand
        case sync
    }

    /// A segment that has been answered.
    struct Finished {
        let owner: Owner?
        let answers: [Answer]
        let error: PostgresError?
        /// The named statement that failed, if that is what failed.
        let failedName: StatementCache.Key?
        let isRetry: Bool
    }

    enum Action {
        case none
        case prepared(StatementCache.Key, name: String)
        case notPrepared(StatementCache.Key)
        case finished(Finished)
        case mismatch(String)
    }

    private struct Sent {
        let owner: Owner?
        var steps: Deque<Step>
        let isRetry: Bool
        var answers: [Answer] = []
        var error: PostgresError?
        var failedName: StatementCache.Key?
        /// The step under way has had its answer.
        var isAnswered = false
        var didFail = false
    }

    private var sent: Deque<Sent> = []

    var isEmpty: Bool { sent.isEmpty }
    var count: Int { sent.count }
    var owners: [Owner] { sent.compactMap(\.owner) }
    /// The first that somebody waits for, whatever of the client's own goes before it.
    var front: Owner? { sent.first { $0.owner != nil }?.owner }

    mutating func append(_ owner: Owner?, steps: Deque<Step>, isRetry: Bool) {
        sent.append(Sent(owner: owner, steps: steps, isRetry: isRetry))
    }

    /// Everything that was not answered, when the connection has ended.
    mutating func removeAll() -> [(owner: Owner?, isRetry: Bool)] {
        defer { sent.removeAll() }
        return sent.map { ($0.owner, $0.isRetry) }
    }

    mutating func receive(_ event: Event) -> Action {
        guard !sent.isEmpty else { return .mismatch("an answer to nothing") }
        switch event {
        case .answer(let answer):
            guard let step = sent[0].steps.first, !sent[0].isAnswered else {
                return .mismatch("an answer without a statement")
            }
            sent[0].isAnswered = true
            if case .statement = step { sent[0].answers.append(answer) }
        case .failure(var error):
            // An error after the last statement is one of the commit.
            sent[0].isAnswered = true
            sent[0].didFail = true
            if sent[0].error == nil {
                if let key = sent[0].steps.first?.key, key.isLiteral { error.statement = key.text }
                sent[0].error = error
                switch sent[0].steps.first {
                case .statement(let key, wasNamed: true), .preamble(let key, wasNamed: true):
                    sent[0].failedName = key
                default: break
                }
            }
        case .skipped:
            guard sent[0].error != nil, !sent[0].steps.isEmpty else {
                return .mismatch("a statement skipped for nothing")
            }
            sent[0].isAnswered = true
            sent[0].didFail = true
        case .endOfCommand:
            // The end that follows an error at commit time belongs to no step.
            guard let step = sent[0].steps.popFirst() else {
                return sent[0].error == nil ? .mismatch("an end without a statement") : .none
            }
            guard sent[0].isAnswered else { return .mismatch("a statement without an answer") }
            let didFail = sent[0].didFail
            sent[0].isAnswered = false
            sent[0].didFail = false
            if case .prepare(let key, let name) = step {
                return didFail ? .notPrepared(key) : .prepared(key, name: name)
            }
        case .sync:
            guard sent[0].steps.isEmpty else { return .mismatch("a segment ended before its statements") }
            let first = sent.removeFirst()
            return .finished(
                Finished(
                    owner: first.owner,
                    answers: first.answers,
                    error: first.error,
                    failedName: first.failedName,
                    isRetry: first.isRetry
                )
            )
        }
        return .none
    }
}
