import Testing

@testable import Provisioning

/// Messages as PostgreSQL 15 sent them.
@Suite struct PgoutputMessageTests {
    private func read(_ hex: String) throws -> PgoutputMessage {
        try PgoutputMessage(PgoutputMessage.bytes(hex: "\\x" + hex))
    }

    @Test func aTableWithItsKey() throws {
        let message = try read("52000040017075626c69630071006400020169640000000014ffffffff00740000000019ffffffff")
        #expect(
            message
                == .relation(
                    id: 16385,
                    schema: "public",
                    table: "q",
                    columns: [.init(name: "id", isKey: true), .init(name: "t", isKey: false)]
                )
        )
    }

    @Test func rowsInsertedUpdatedAndDeleted() throws {
        #expect(
            try read("49000040014e0002740000000131740000000161")
                == .insert(relation: 16385, new: [.text("1"), .text("a")])
        )
        #expect(
            try read("55000040084e000374000000026b3174000000013774000000023232")
                == .update(relation: 16392, old: nil, new: [.text("k1"), .text("7"), .text("22")])
        )
        #expect(
            try read("44000040084b000374000000026b316e6e")
                == .delete(relation: 16392, old: [.text("k1"), .null, .null])
        )
    }

    @Test func anUpdateOfTheKeyHasTheOldOne() throws {
        #expect(
            try read("55000040014b00027400000001316e4e000274000000013275")
                == .update(relation: 16385, old: [.text("1"), .null], new: [.text("2"), .unchanged])
        )
    }

    @Test func aTruncateAndACommit() throws {
        #expect(
            try read("54000000010300004001") == .truncate(relations: [16385], cascade: true, restartIdentity: true)
        )
        #expect(try read("4300000000000300cbc8000000000300cbf8000303c345671849") == .commit)
    }

    /// Cut off anywhere, a message is an error, and never another message.
    @Test(arguments: [
        "52000040017075626c69630071006400020169640000000014ffffffff00740000000019ffffffff",
        "49000040014e0002740000000131740000000161", "44000040084b000374000000026b316e6e", "54000000010300004001",
    ]) func aMessageThatEndsEarlyIsRefused(_ hex: String) throws {
        let whole = try PgoutputMessage.bytes(hex: "\\x" + hex)
        for length in 0..<whole.count {
            #expect(throws: PgoutputMessage.Malformed.self) { try PgoutputMessage(Array(whole.prefix(length))) }
        }
        #expect(throws: PgoutputMessage.Malformed.self) { try PgoutputMessage(whole + [0]) }
    }

    @Test(arguments: ["", "00", "\\x0", "\\x0g", "\\xAA"]) func textThatIsNoHexIsRefused(_ text: String) {
        #expect(throws: PgoutputMessage.Malformed.self) { try PgoutputMessage.bytes(hex: text) }
    }
}
