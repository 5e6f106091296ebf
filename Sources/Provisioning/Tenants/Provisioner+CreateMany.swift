extension Provisioner {
    /// Makes many tenants, a few at a time. One's failure does not stop the others.
    /// - Parameters:
    ///   - width: how many are made at once, each on a connection of its own.
    ///   - report: called for each as it is done, one call at a time. When it throws, no further one is begun.
    public func create(
        _ tenants: [NewTenant],
        width: Int = 2,
        report: (NewTenant, Result<CreatedTenant, any Error>) throws -> Void
    ) async throws {
        try await Self.create(tenants, width: width, make: { try await create($0) }, report)
    }

    static func create(
        _ tenants: [NewTenant],
        width: Int,
        make: @escaping @Sendable (NewTenant) async throws -> CreatedTenant,
        _ report: (NewTenant, Result<CreatedTenant, any Error>) throws -> Void
    ) async throws {
        try await Batch.run(tenants, width: width, make, report)
    }
}
