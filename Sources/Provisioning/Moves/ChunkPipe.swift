/// Hands chunks of a COPY from the one who reads them to the one who writes them, and lets neither get far ahead.
actor ChunkPipe {
    private static let depth = 8

    private var chunks: [[UInt8]] = []
    private var ending: Result<Void, any Error>?
    private var isClosed = false
    private var giver: CheckedContinuation<Void, Never>?
    private var taker: CheckedContinuation<Void, Never>?

    /// - Throws: `CancellationError` when nobody takes any more.
    func put(_ chunk: [UInt8]) async throws {
        while chunks.count >= Self.depth, !isClosed { await withCheckedContinuation { giver = $0 } }
        guard !isClosed else { throw CancellationError() }
        chunks.append(chunk)
        wakeTaker()
    }

    /// No more comes.
    func finish(_ result: Result<Void, any Error>) {
        ending = result
        wakeTaker()
    }

    /// Nothing more is taken.
    func close() {
        isClosed = true
        giver?.resume()
        giver = nil
    }

    func take() async throws -> [UInt8]? {
        while chunks.isEmpty {
            if let ending {
                try ending.get()
                return nil
            }
            await withCheckedContinuation { taker = $0 }
        }
        let chunk = chunks.removeFirst()
        giver?.resume()
        giver = nil
        return chunk
    }

    private func wakeTaker() {
        taker?.resume()
        taker = nil
    }

    /// The chunks, as a COPY takes them.
    struct Chunks: AsyncSequence, Sendable {
        let pipe: ChunkPipe

        struct Iterator: AsyncIteratorProtocol {
            let pipe: ChunkPipe
            func next() async throws -> [UInt8]? { try await pipe.take() }
        }

        func makeAsyncIterator() -> Iterator { Iterator(pipe: pipe) }
    }
}
