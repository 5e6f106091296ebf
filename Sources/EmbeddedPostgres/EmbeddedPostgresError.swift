/// Why a private cluster could not be opened, and what to do about it.
public struct EmbeddedPostgresError: Error, Sendable, CustomStringConvertible {
    /// What kind of thing went wrong.
    public enum Code: String, Sendable {
        /// No PostgreSQL is installed, or not the version that the data was made by.
        case binariesMissing
        /// The folder cannot be created, read or given to the server's user.
        case folder
        /// `initdb` failed.
        case initFailed
        /// PostgreSQL ended, or did not answer in time.
        case startFailed
        /// Another process holds the cluster, and one of the two wants it for itself.
        case inUse
        /// The server answers, but the database could not be made.
        case database
    }

    /// The kind of failure.
    public var code: Code
    /// What happened to what.
    public var message: String
    /// What to do next.
    public var remedy: String
    /// The end of the server's log, where there is one.
    public var log: String

    init(_ code: Code, _ message: String, remedy: String, log: String = "") {
        self.code = code
        self.message = message
        self.remedy = remedy
        self.log = log
    }

    /// The message, the remedy and the log's last lines.
    public var description: String {
        let text = "\(message). \(remedy)."
        return log.isEmpty ? text : text + "\nIts last words were:\n" + log
    }
}
