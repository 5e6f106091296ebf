import UnixSignals

/// Ctrl-C, a request to end, or a terminal that is closed: it ends a measurement, and not this program before it has cleaned
/// up.
struct Interruption: Error, CustomStringConvertible {
    let description = "interrupted. What was started is ended; what a comparison has measured is in its output folder."

    /// Runs the body, which is cancelled by a signal.
    /// - Throws: ``Interruption`` then.
    static func ends<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
        try await withThrowingTaskGroup(of: R?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup) { return nil }
                // The sequence ends when this task is cancelled: the other one is done.
                try await Task.sleep(for: .seconds(86_400))
                return nil
            }
            defer { group.cancelAll() }
            while let first = try await group.next() {
                guard let result = first else { throw Interruption() }
                return result
            }
            throw CancellationError()
        }
    }
}
