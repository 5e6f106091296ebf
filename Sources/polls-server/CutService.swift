import ServiceLifecycle
import Synchronization

/// Runs a service, and knows whether it was cancelled before it came to its end, as when the time for stopping is over.
final class CutService<Whole: Service>: Service {
    private let service: Whole
    private let isCut = Atomic(false)

    init(_ service: Whole) { self.service = service }

    /// Whether it was.
    var wasCut: Bool { isCut.load(ordering: .relaxed) }

    func run() async throws {
        try await withTaskCancellationHandler {
            try await service.run()
        } onCancel: {
            isCut.store(true, ordering: .relaxed)
        }
    }
}
