/// The same work for many, a few at a time.
enum Batch {
    /// - Parameters:
    ///   - width: how many are worked on at once.
    ///   - report: called for each as it is done, one call at a time. When it throws, no further one is begun.
    static func run<Item: Sendable, Value: Sendable>(
        _ items: [Item],
        width: Int,
        _ work: @escaping @Sendable (Item) async throws -> Value,
        _ report: (Item, Result<Value, any Error>) throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: (Int, Result<Value, any Error>).self) { group in
            func begin(_ index: Int) {
                group.addTask {
                    do { return (index, .success(try await work(items[index]))) } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var begun = min(width, items.count)
            for index in 0..<begun { begin(index) }
            while let (index, outcome) = try await group.next() {
                if begun < items.count {
                    begin(begun)
                    begun += 1
                }
                try report(items[index], outcome)
            }
        }
    }
}
