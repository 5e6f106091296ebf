/// Outlines that were made already, by version: a run over a fleet makes each once, or as often as it is wide.
actor KnownOutlines {
    private var byVersion: [Int: SchemaOutline] = [:]

    func value(
        of version: Int,
        _ make: @Sendable () async throws -> SchemaOutline
    ) async throws -> SchemaOutline {
        if let known = byVersion[version] { return known }
        let outline = try await make()
        byVersion[version] = outline
        return outline
    }
}
