import Postgres
import Provisioning
import Synchronization

/// Work that begins in the middle of something else, and whether it was taken.
final class Changes: Sendable {
    private let task = Mutex<Task<Bool, any Error>?>(nil)
    private let outcome = Mutex(false)

    var wereTaken: Bool { outcome.withLock { $0 } }

    func start(_ body: @escaping @Sendable () async throws -> Void) {
        task.withLock { task in
            task = Task {
                do {
                    try await body()
                    return true
                } catch let error as ProvisioningError where error.code == .notPermitted { return false }
            }
        }
    }

    func end() async throws {
        guard let task = task.withLock({ $0 }) else { return }
        let isTaken = try await task.value
        outcome.withLock { $0 = isTaken }
    }
}
