/// A configuration as the keywords and values that libpq connects with.
struct ConnectionOptions {
    private(set) var values: [String: String]

    /// - Throws: ``PostgresError`` with code `invalidUse` when the connection string cannot be read.
    init(_ configuration: PostgresConfiguration) throws {
        values = try ConnectionString(configuration.connectionString).values
        values["client_encoding"] = "UTF8"
        values["fallback_application_name"] = configuration.applicationName
        // PGCONNECT_TIMEOUT and PGOPTIONS among them.
        let defaults = ConnectionString.defaults()
        if values["connect_timeout"] == nil, defaults["connect_timeout"] == nil {
            values["connect_timeout"] = String(max(2, configuration.connectTimeout.components.seconds))
        }
        let options = values["options"] ?? defaults["options"].flatMap { $0.isEmpty ? nil : $0 }
        values["options"] = ConnectionString.options(options, settings: configuration.serverSettings)
        // A host that has vanished says nothing: who only listens would wait for hours.
        for (keyword, seconds) in ["keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3"]
        where values[keyword] == nil { values[keyword] = seconds }
        // Milliseconds, unlike those.
        if values["tcp_user_timeout"] == nil { values["tcp_user_timeout"] = "25000" }
    }

    /// The options as the two arrays that libpq takes, valid for the call.
    func withPointers<R>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<UnsafePointer<CChar>?>?) -> R
    ) -> R {
        let names = Array(values.keys)
        let texts = names.flatMap { [$0, values[$0] ?? ""] }
        // One block of C strings, each ended by NUL; then pointers into it.
        let block = texts.flatMap { $0.utf8CString }
        return block.withUnsafeBufferPointer { block in
            var addresses: [UnsafePointer<CChar>?] = []
            var offset = 0
            for text in texts {
                addresses.append(block.baseAddress.map { $0 + offset })
                offset += text.utf8.count + 1
            }
            let keywords = stride(from: 0, to: addresses.count, by: 2).map { addresses[$0] } + [nil]
            let values = stride(from: 1, to: addresses.count, by: 2).map { addresses[$0] } + [nil]
            return keywords.withUnsafeBufferPointer { keywords in
                values.withUnsafeBufferPointer { values in body(keywords.baseAddress, values.baseAddress) }
            }
        }
    }
}
