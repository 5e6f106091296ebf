import CLibpq
import Logging
import Synchronization

/// Owns one `PGconn`: made on a connecting thread, then used by one client's loop only, and finished once, here.
///
/// `@unchecked` because libpq lets any thread use a connection as long as no two do at once (manual, "Behavior in
/// Threaded Programs"). The connecting thread hands it over, and touches it no more; from then on every call is made on
/// the loop. Nothing but ``CancelRequest``, which has no part in it, goes to another thread. The last reference may go
/// anywhere, such as in the task that brings a connection to a client that has closed meanwhile: by then nobody uses it,
/// and finishing it does not wait, since a connection that was handed over is non-blocking.
final class ConnectionHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    /// When the connection was asked for.
    let askedAt = ContinuousClock.now
    private let notices: NoticeSink

    /// Connects, and blocks until that is done or has failed: for a thread that may wait.
    init(_ configuration: PostgresConfiguration, logger: Logger) throws {
        let options = try ConnectionOptions(configuration)
        let connected = options.withPointers { PQconnectdbParams($0, $1, 0) }
        guard let connected else { throw PostgresError(.connectionFailed, "out of memory") }
        pointer = connected
        notices = NoticeSink(logger: logger)
        // deinit finishes the handle.
        if isBad { try connectAgain(patience: configuration.connectTimeout / 2) }
        PQsetNoticeReceiver(
            pointer,
            { sink, notice in
                guard let sink, let notice else { return }
                Unmanaged<NoticeSink>.fromOpaque(sink).takeUnretainedValue().report(notice)
            },
            Unmanaged.passUnretained(notices).toOpaque()
        )
        guard PQsetnonblocking(pointer, 1) == 0, PQenterPipelineMode(pointer) == 1 else {
            throw PostgresError(.connectionFailed, lastError)
        }
    }

    deinit { PQfinish(pointer) }

    /// Tries once more: a connection may have been cut off by what ends in a moment, such as the death of another
    /// backend. This time a refusal says its SQLSTATE, which libpq tells in no other way before there is a connection;
    /// without one, nobody has answered.
    private func connectAgain(patience: Duration) throws {
        var error = PostgresError(.connectionFailed, lastError)
        // Who did not answer for so long would not now.
        guard .now - askedAt < patience else { throw error }
        PQsetErrorVerbosity(pointer, PQERRORS_SQLSTATE)
        PQreset(pointer)
        PQsetErrorVerbosity(pointer, PQERRORS_DEFAULT)
        guard isBad else { return }
        error.sqlState = SQLState(endOf: String(cString: PQerrorMessage(pointer)))
        throw error
    }

    var socket: Int32 { PQsocket(pointer) }
    var processID: Int32 { PQbackendPID(pointer) }
    var isIdle: Bool { PQtransactionStatus(pointer) == PQTRANS_IDLE }
    var isBad: Bool { PQstatus(pointer) == CONNECTION_BAD }
    /// Its backend had to end because another one of the same server crashed, and has said so.
    var fellWithServer: Bool {
        // It may have arrived unread: libpq reports the end of a connection first.
        _ = PQisBusy(pointer)
        return notices.hasCrashed.load(ordering: .relaxed)
    }

    var lastError: String {
        // What libpq asks its reader ("Is the server running …?") is no part of what happened.
        let text = String(cString: PQerrorMessage(pointer)).split { $0 == "\n" || $0 == "\t" }
            .filter { !$0.hasSuffix("?") }.joined(separator: "; ")
        return text.isEmpty ? "the connection ended" : text
    }

    /// Sends what is buffered. Returns whether something is left because the socket is full.
    func flush() throws -> Bool {
        switch PQflush(pointer) {
        case 0: return false
        case 1: return true
        default: throw PostgresError(.connectionLost, lastError)
        }
    }

    /// What it takes to stop what runs; `nil` without memory or connection.
    func cancelRequest() -> CancelRequest? { PQgetCancel(pointer).map(CancelRequest.init) }

    /// How a statement travels.
    enum Call {
        case unnamed(SQL)
        case named(String, SQL)
        case prepare(String, SQL)
    }

    func send(_ call: Call) throws {
        let sent: Int32
        switch call {
        case .prepare(let name, let statement):
            sent = statement.parameters.types.withUnsafeBufferPointer {
                PQsendPrepare(pointer, name, statement.text, Int32($0.count), $0.baseAddress)
            }
        case .unnamed(let statement):
            sent = statement.parameters.withPointers { count, values, lengths, formats in
                statement.parameters.types.withUnsafeBufferPointer {
                    PQsendQueryParams(
                        pointer,
                        statement.text,
                        count,
                        $0.baseAddress,
                        values,
                        lengths,
                        formats,
                        1
                    )
                }
            }
        case .named(let name, let statement):
            sent = statement.parameters.withPointers { count, values, lengths, formats in
                PQsendQueryPrepared(pointer, name, count, values, lengths, formats, 1)
            }
        }
        guard sent == 1 else { throw PostgresError(.connectionLost, lastError) }
    }

    func sync() throws {
        guard PQpipelineSync(pointer) == 1 else { throw PostgresError(.connectionLost, lastError) }
    }

    /// Where `PQsetNoticeReceiver` reports to.
    private final class NoticeSink: Sendable {
        let hasCrashed = Atomic(false)
        private let logger: Logger
        init(logger: Logger) { self.logger = logger }

        func report(_ notice: OpaquePointer) {
            let state = PQresultErrorField(notice, Int32(UInt8(ascii: "C"))).map { String(cString: $0) }
            if state == SQLState.crashShutdown.rawValue { hasCrashed.store(true, ordering: .relaxed) }
            logger.debug(
                "notice from PostgreSQL",
                metadata: ["notice": "\(String(cString: PQresultErrorMessage(notice)))"]
            )
        }
    }
}

extension SQL.Parameters {
    /// The parameters as the four arrays that libpq takes, valid for the call.
    fileprivate func withPointers<R>(
        _ body: (
            Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?
        ) -> R
    ) -> R {
        guard count > 0 else { return body(0, nil, nil, nil) }
        return bytes.withUnsafeBytes { bytes in
            withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) { values in
                withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * count) { numbers in
                    var start = 0
                    // libpq reads a NULL pointer as SQL's NULL, so an empty value needs some address.
                    let base = bytes.baseAddress ?? UnsafeRawPointer(values.baseAddress)
                    for index in 0..<count {
                        let end = ends[index]
                        if end < 0 {
                            values.initializeElement(at: index, to: nil)
                            numbers.initializeElement(at: index, to: 0)
                        } else {
                            let address = base.map { ($0 + start).assumingMemoryBound(to: CChar.self) }
                            values.initializeElement(at: index, to: address)
                            numbers.initializeElement(at: index, to: Int32(end - start))
                            start = end
                        }
                        numbers.initializeElement(at: count + index, to: 1)
                    }
                    return body(
                        Int32(count),
                        values.baseAddress,
                        numbers.baseAddress,
                        numbers.baseAddress.map { $0 + count }
                    )
                }
            }
        }
    }
}
