import CLibpq

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Owns one `PGresult`.
///
/// `@unchecked` because libpq's result is a plain memory block that nothing changes after it was handed out
/// (manual, "Behavior in Threaded Programs"): reading it from any thread is safe, and it is freed once, here.
final class ResultHandle: @unchecked Sendable {
    private let pointer: OpaquePointer
    let rowCount: Int
    let columnCount: Int

    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
        rowCount = Int(PQntuples(pointer))
        columnCount = Int(PQnfields(pointer))
    }

    deinit { PQclear(pointer) }

    var status: ExecStatusType { PQresultStatus(pointer) }
    var affected: Int { Int(String(cString: PQcmdTuples(pointer))) ?? 0 }
    var command: String { String(cString: PQcmdStatus(pointer)) }

    /// Whether it answers a statement that begins or ends a transaction.
    var isTransactionControl: Bool {
        guard columnCount == 0, let tag = PQcmdStatus(pointer) else { return false }
        func isTag(_ name: StaticString) -> Bool { strcmp(tag, name.utf8Start) == 0 }
        return isTag("BEGIN") || isTag("START TRANSACTION") || isTag("COMMIT") || isTag("ROLLBACK")
            || isTag("PREPARE TRANSACTION")
    }

    func columnName(_ column: Int) -> String { String(cString: PQfname(pointer, Int32(column))) }

    func withCell<R>(row: Int, column: Int, _ body: (PostgresCell) throws -> R) rethrows -> R {
        let row = Int32(row), column = Int32(column)
        let type = PostgresType(oid: PQftype(pointer, column))
        if PQgetisnull(pointer, row, column) != 0 { return try body(PostgresCell(type: type, bytes: nil)) }
        let bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(pointer, row, column),
            count: Int(PQgetlength(pointer, row, column))
        )
        return try body(PostgresCell(type: type, bytes: bytes))
    }

    /// The server's error, as an error of this module.
    func error() -> PostgresError {
        func field(_ code: Character) -> String? {
            guard let text = PQresultErrorField(pointer, Int32(code.asciiValue ?? 0)) else { return nil }
            return String(cString: text)
        }
        let text = field("M") ?? String(cString: PQresultErrorMessage(pointer))
        var error = PostgresError(.server, text)
        error.sqlState = field("C").map(SQLState.init(rawValue:))
        error.detail = field("D")
        error.hint = field("H")
        error.constraint = field("n")
        return error
    }
}
