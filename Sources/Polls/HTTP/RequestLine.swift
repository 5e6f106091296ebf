import Postgres

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// One request as a line of the log, in the shape of all other lines. Tenant, method and route come from fixed grammars,
/// so that nothing needs escaping.
struct RequestLine {
    let time: Timestamp
    let tenant: String?
    let method: String
    let route: StaticString
    let status: Int
    let microseconds: Int64

    /// Writes the line and its end.
    func append(to lines: inout [UInt8], _ words: Words) {
        lines.append(words.time)
        lines.append(rfc3339: time)
        lines.append(words.duration)
        lines.append(decimal: Int(microseconds))
        lines.append(words.method)
        lines.append(contentsOf: method.utf8)
        lines.append(words.route)
        lines.append(route)
        lines.append(words.status)
        lines.append(decimal: status)
        lines.append(words.tenant)
        lines.append(contentsOf: (tenant ?? "-").utf8)
        lines.append(words.end)
    }

    /// What stands before each value of a line, and at its end.
    struct Words {
        let time, duration, method, route, status, tenant, end: StaticString

        static let text = Words(
            time: "",
            duration: " info polls-server: request duration_us=",
            method: " method=",
            route: " route=",
            status: " status=",
            tenant: " tenant=",
            end: "\n"
        )
        static let json = Words(
            time: #"{"time":""#,
            duration: #"","level":"info","label":"polls-server","message":"request","metadata":{"duration_us":""#,
            method: #"","method":""#,
            route: #"","route":""#,
            status: #"","status":""#,
            tenant: #"","tenant":""#,
            end: "\"}}\n"
        )
    }
}

extension Timestamp {
    /// The system's clock, to the microsecond.
    static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}

extension [UInt8] {
    fileprivate mutating func append(decimal value: Int) {
        guard value >= 10 else { return append(UInt8(ascii: "0") + UInt8(Swift.max(0, value))) }
        append(decimal: value / 10)
        append(UInt8(ascii: "0") + UInt8(value % 10))
    }
}
