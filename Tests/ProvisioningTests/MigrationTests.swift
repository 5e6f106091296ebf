import FoundationEssentials
import Migrations
import Provisioning
import Testing

/// The list of migrations, and the ledger held against it.
@Suite struct MigrationTests {
    @Test func filesAreReadInTheOrderOfTheirNumbers() throws {
        let migrations = try Migration.load([("0002_b.sql", Array("b".utf8)), ("0001_a.sql", Array("a".utf8))])
        #expect(migrations.map(\.version) == [1, 2])
        #expect(migrations.map(\.file) == ["0001_a.sql", "0002_b.sql"])
        // As `printf a | sha256sum` says.
        #expect(migrations[0].checksum == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb")
    }

    @Test(arguments: [
        (["1_a.sql"], "1_a.sql"), (["0001-a.sql"], "0001-a.sql"), (["0001_a.txt"], "0001_a.txt"),
        (["0001_.sql"], "0001_.sql"), (["0001_A.sql"], "0001_A.sql"), (["0000_a.sql"], "0000_a.sql"),
        (["+001_a.sql"], "+001_a.sql"), (["0002_a.sql"], "no migration 1"),
        (["0001_a.sql", "0003_c.sql"], "no migration 2"),
        (["0001_a.sql", "0001_b.sql"], "0001_a.sql and 0001_b.sql"),
    ])
    func badListsAreRefused(files: [String], named: String) {
        let error = #expect(throws: ProvisioningError.self) {
            try Migration.load(files.map { ($0, Array("select 1".utf8)) })
        }
        #expect(error?.code == .badMigrations)
        #expect(error?.message.contains(named) ?? false, "\(error?.message ?? "") does not name \(named)")
    }

    @Test(arguments: ["commit", "BEGIN", "rollback", "prepare transaction 'x'"])
    func transactionControlIsRefused(statement: String) {
        let text = "create table a (text text default 'commit;');\n\(statement);\ncreate table b ()"
        let error = #expect(throws: ProvisioningError.self) { try Migration.load([("0001_a.sql", Array(text.utf8))]) }
        #expect(error?.code == .badMigrations)
        #expect(error?.message.contains("0001_a.sql, line 2: ") ?? false, "\(error?.message ?? "")")
    }

    @Test(arguments: [[], Array(" \n\t".utf8), Array("-- nothing\n".utf8), [0x73, 0xff], Array("select 1\0".utf8)])
    func badContentsAreRefused(bytes: [UInt8]) {
        #expect(throws: ProvisioningError.self) { try Migration.load([("0001_a.sql", bytes)]) }
    }

    @Test(arguments: [
        ("control", EmbeddedMigrations.control.map(\.file)), ("tenant", EmbeddedMigrations.tenant.map(\.file)),
    ])
    func everyFileOfTheFolderIsCompiledIn(folder: String, compiledIn: [String]) throws {
        let path = FileManager.default.currentDirectoryPath + "/sql/" + folder
        let files = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".sql") }.sorted()
        #expect(compiledIn == files)
    }

    @Test(arguments: [("control", EmbeddedMigrations.control), ("tenant", EmbeddedMigrations.tenant)])
    func whatIsCompiledInIsTheFileItself(folder: String, compiledIn: [(file: String, bytes: [UInt8])]) throws {
        for (file, bytes) in compiledIn {
            let path = FileManager.default.currentDirectoryPath + "/sql/\(folder)/\(file)"
            #expect(FileManager.default.contents(atPath: path).map { Array($0) } == bytes, "\(file) was changed")
        }
    }
}
