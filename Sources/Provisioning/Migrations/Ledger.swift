/// What a ledger says was applied, held against the migrations that this program has.
struct Ledger {
    struct Entry: Equatable {
        let version: Int32
        let checksum: String
    }

    /// By version.
    let entries: [Entry]

    /// The migrations still to be applied.
    /// - Parameter owner: whose ledger it is, for the error's text.
    /// - Throws: ``ProvisioningError`` when the ledger is ahead of the migrations, or holds other ones.
    func pending(of migrations: [Migration], owner: String) throws(ProvisioningError) -> ArraySlice<Migration> {
        guard entries.count <= migrations.count else {
            throw ProvisioningError(
                .registryVersion,
                "\(owner) is at version \(entries.count), and this program knows only up to \(migrations.count)",
                next: "Use the newer program."
            )
        }
        for (entry, migration) in zip(entries, migrations)
        where entry.version != migration.version || entry.checksum != migration.checksum {
            throw ProvisioningError(
                .checksumMismatch,
                "\(owner) had another \(migration.file) applied than the one in this program",
                next: "Put the file back as it was applied, and bring the change in a migration of its own."
            )
        }
        return migrations[entries.count...]
    }
}
