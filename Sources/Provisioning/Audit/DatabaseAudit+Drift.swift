import Postgres

/// Whether tenants' tables are what the migrations make.
extension DatabaseAudit {
    /// Each schema is first held by one number against the reference of its version. Only those that differ are written
    /// out, and spelled out only if they differ still.
    func driftFindings() async throws -> [Finding] {
        // A schema that a move makes is at the program's version, and not finished; an old one may be of an old version.
        let live = present.filter { !$0.isFenced && $0.version > 0 }
        var findings: [Finding] = []
        for (version, schemas) in Dictionary(grouping: live, by: \.version).sorted(by: { $0.key < $1.key }) {
            let oids = schemas.map(\.oid).sorted()
            guard let reference = try await expected(at: version, oids) else { continue }
            let unlike = try await SchemaDigest.read(oids, unlike: reference.digest, connection).map(\.schema)
            guard !unlike.isEmpty else { continue }
            let definitions = try await SchemaDefinition.read(
                unlike,
                unlike: reference.definition.digest,
                connection
            )
            let byOID = Dictionary(schemas.map { ($0.oid, $0) }, uniquingKeysWith: { first, _ in first })
            for definition in definitions {
                guard let schema = byOID[definition.schema] else { continue }
                findings.append(drift(schema, definition.differences(from: reference.definition)))
            }
        }
        return findings
    }

    /// What schemas of a version should be: what the migrations make, or else what most of them are.
    private func expected(at version: Int32, _ oids: [UInt32]) async throws -> SchemaReference? {
        if let reference = references[version] { return reference }
        // Of a lone one nobody can tell.
        guard oids.count > 1 else { return nil }
        let digests = try await SchemaDigest.read(oids, unlike: nil, connection)
        let most = Self.mostCommon(digests.map { ($0.digest, $0.schema) })
        var model = most.count * 2 > oids.count ? most.schema : nil
        if model == nil {
            // Each may have its own number, where expressions name things of the schema itself.
            let definitions = try await SchemaDefinition.read(oids, unlike: nil, connection)
            model = Self.mostCommon(definitions.map { ($0.digest, $0.schema) }).schema
        }
        guard let model, let digest = digests.first(where: { $0.schema == model })?.digest else { return nil }
        return try await SchemaDefinition.read([model], unlike: nil, connection).first.map {
            SchemaReference(digest: digest, definition: $0)
        }
    }

    /// A schema with the digest that most have, and how many have it.
    private static func mostCommon(_ digests: [(digest: String, schema: UInt32)]) -> (schema: UInt32?, count: Int) {
        let groups = Dictionary(grouping: digests, by: \.digest)
        let most = groups.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }?.value ?? []
        return (most.first?.schema, most.count)
    }

    private func drift(_ schema: AuditedSchema, _ differences: [String]) -> Finding {
        let whose = references[schema.version] == nil ? "most others" : "the migrations make them"
        return Finding(
            .drift,
            tenant: schema.tenant,
            at: schema.object,
            "its tables are not as \(whose) at version \(schema.version): \(Finding.summary(differences))",
            next: "Change them back by hand, as the owner; what is to stay belongs into a migration for all.",
            details: differences
        )
    }
}
