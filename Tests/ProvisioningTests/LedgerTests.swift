import Testing

@testable import Provisioning

/// A ledger held against the migrations.
@Suite struct LedgerTests {
    private let migrations: [Migration]

    init() throws {
        migrations = try Migration.load([("0001_a.sql", Array("a".utf8)), ("0002_b.sql", Array("b".utf8))])
    }

    private func ledger(_ count: Int) -> Ledger {
        Ledger(entries: migrations.prefix(count).map { .init(version: $0.version, checksum: $0.checksum) })
    }

    @Test(arguments: [0, 1, 2])
    func whatIsNotInTheLedgerIsPending(applied: Int) throws {
        let pending = try ledger(applied).pending(of: migrations, owner: "potter")
        #expect(pending.map(\.version) == [1, 2].suffix(2 - applied).map { Int32($0) })
    }

    @Test func aChangedMigrationIsRefused() {
        let changed = Ledger(entries: [.init(version: 1, checksum: "other")])
        let error = #expect(throws: ProvisioningError.self) { try changed.pending(of: migrations, owner: "potter") }
        #expect(error?.code == .checksumMismatch)
    }

    @Test func aLedgerAheadOfTheProgramIsRefused() {
        let error = #expect(throws: ProvisioningError.self) {
            try ledger(2).pending(of: Array(migrations.prefix(1)), owner: "potter")
        }
        #expect(error?.code == .registryVersion)
    }
}
