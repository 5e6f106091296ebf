import CLibpq
import Logging

/// Owns one `PGconn`: made on a connecting thread, then used by one client's loop only, and finished once, here.
///
/// `@unchecked` because libpq lets any thread use a connection as long as no two do at once (manual, "Behavior in
/// Threaded Programs"): the hand-over from the connecting thread to the loop is the only change of thread.
final class ConnectionHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    private let notices: NoticeSink

    /// Connects, and blocks until that is done or has failed: for a thread that may wait.
    init(_ configuration: PostgresConfiguration, logger: Logger) throws {
        let options = try ConnectionOptions(configuration)
        let connected = options.withPointers { PQconnectdbParams($0, $1, 0) }
        guard let connected else { throw PostgresError(.connectionFailed, "out of memory") }
        pointer = connected
        notices = NoticeSink(logger: logger)
        guard PQstatus(pointer) == CONNECTION_OK else {
            // deinit finishes the handle.
            throw PostgresError(.connectionFailed, lastError)
        }
        PQsetNoticeProcessor(
            pointer,
            { sink, message in
                guard let sink, let message else { return }
                Unmanaged<NoticeSink>.fromOpaque(sink).takeUnretainedValue().report(String(cString: message))
            },
            Unmanaged.passUnretained(notices).toOpaque()
        )
        guard PQsetnonblocking(pointer, 1) == 0, PQenterPipelineMode(pointer) == 1 else {
            throw PostgresError(.connectionFailed, lastError)
        }
    }

    deinit { PQfinish(pointer) }

    var socket: Int32 { PQsocket(pointer) }
    var processID: Int32 { PQbackendPID(pointer) }
    var isIdle: Bool { PQtransactionStatus(pointer) == PQTRANS_IDLE }
    var isBad: Bool { PQstatus(pointer) == CONNECTION_BAD }
    var lastError: String {
        let text = String(cString: PQerrorMessage(pointer)).split(separator: "\n").joined(separator: "; ")
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

    /// Asks the server to stop what runs. Blocks; for a thread that may wait.
    func cancel() {
        guard let request = PQgetCancel(pointer) else { return }
        defer { PQfreeCancel(request) }
        var reason = [CChar](repeating: 0, count: 256)
        _ = PQcancel(request, &reason, Int32(reason.count))
    }

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

    /// Where `PQsetNoticeProcessor` reports to.
    private final class NoticeSink: Sendable {
        let logger: Logger
        init(logger: Logger) { self.logger = logger }
        func report(_ message: String) {
            logger.debug("notice from PostgreSQL", metadata: ["notice": "\(message)"])
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
                    let base = bytes.baseAddress ?? UnsafeRawPointer(values.baseAddress!)
                    for index in 0..<count {
                        let end = ends[index]
                        if end < 0 {
                            values.initializeElement(at: index, to: nil)
                            numbers.initializeElement(at: index, to: 0)
                        } else {
                            let address = (base + start).assumingMemoryBound(to: CChar.self)
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
