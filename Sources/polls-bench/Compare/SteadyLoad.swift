import NIOPosix

/// A low steady load of our own on some tenants, one after the other, each request due at a moment of its own: one that
/// has to wait for another is late, and that counts.
struct SteadyLoad: Sendable {
    let port: Int
    let tenants: [String]
    let requestsPerSecond: Double

    struct Sample: Sendable {
        /// Seconds from the start of the load until it was due.
        let due: Double
        /// Milliseconds from when it was due to its whole answer.
        let latency: Double
        let succeeded: Bool

        /// Seconds from the start of the load until its answer.
        var answered: Double { due + latency / 1000 }
    }

    func run(seconds: Double) async throws -> [Sample] {
        try await LoopbackHTTP.withThreads(requestsPerSecond: requestsPerSecond) { threads in
            try await run(seconds: seconds, after: 0, since: .now, on: threads)
        }
    }

    /// The same, and longer than asked for, as long as tenants do not answer: a second more at a time.
    func run(seconds: Double, untilAnsweredFor limit: Double) async throws -> [Sample] {
        try await LoopbackHTTP.withThreads(requestsPerSecond: requestsPerSecond) { threads in
            let start = ContinuousClock.now
            var samples = try await run(seconds: seconds, after: 0, since: start, on: threads)
            var end = seconds
            // A second without a failure is taken for the end of the trouble.
            while end < limit, samples.contains(where: { !$0.succeeded && $0.due >= end - 1 }) {
                // Nobody was asked while the last answers were waited for.
                end = max(end, (ContinuousClock.now - start).seconds)
                samples += try await run(seconds: 1, after: end, since: start, on: threads)
                end += 1
            }
            return samples
        }
    }

    /// - Parameter after: seconds from the start to the first request.
    private func run(
        seconds: Double,
        after: Double,
        since start: ContinuousClock.Instant,
        on threads: NIOThreadPool
    ) async throws -> [Sample] {
        try await withThrowingTaskGroup(of: Sample.self) { group in
            for number in 0..<Int(seconds * requestsPerSecond) {
                let due = after + Double(number) / requestsPerSecond
                let moment = start + .seconds(due)
                try await Task.sleep(until: moment, clock: .continuous)
                let host = tenants[number % tenants.count] + ".polls.localhost"
                group.addTask {
                    let answer = await LoopbackHTTP.asked(port: port, host: host, path: "/polls/", threads: threads)
                    return Sample(
                        due: due,
                        latency: (ContinuousClock.now - moment).seconds * 1000,
                        succeeded: answer?.status == 200
                    )
                }
            }
            var samples: [Sample] = []
            for try await sample in group { samples.append(sample) }
            return samples
        }
    }
}
