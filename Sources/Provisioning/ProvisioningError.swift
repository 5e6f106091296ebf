import Postgres

/// What an operator's work failed on: what happened to what, and what to do next.
public struct ProvisioningError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure: what a caller decides by.
    public enum Code: String, Sendable {
        /// The list of migrations is not a contiguous one of readable files.
        case badMigrations
        /// The database has no registry.
        case registryMissing
        /// The registry is older or newer than this program.
        case registryVersion
        /// An applied migration is not the one that this program holds.
        case checksumMismatch
        /// What was fixed when the registry was made cannot be changed.
        case registryFixed
        /// The app's login or its password cannot be used.
        case badAppLogin
        case tenantExists
        case noSuchTenant
        /// A schema that is no tenant's has the name.
        case schemaTaken
        /// The host leads to another tenant.
        case domainTaken
        /// A host name that cannot be a tenant's.
        case badDomain
        /// The tenant's state does not allow it.
        case wrongState
        /// The tenant's schema is gone, or another one has its name.
        case schemaMissing
        /// A text that names no level.
        case badDestination
        case noSuchServer
        case serverExists
        /// Tenants or kept copies are on the server, or it takes no new ones.
        case serverInUse
        /// The server cannot be used: its version, its login or its settings.
        case badServer
        /// The tenant cannot be moved as it is.
        case cannotMove
        /// A move of the tenant is not finished.
        case moveUnderWay
        /// There is no move to resume, abort or undo.
        case noMove
        /// Two copies that should be alike are not.
        case copiesDiffer
        /// Nothing here runs containers, or it refused.
        case runtime
        /// A tenant's schema holds what an archive cannot.
        case cannotArchive
        /// An archive cannot be written: the folder, the disk, or a file of its name.
        case archiveFile
        /// A file is no archive, or it is damaged.
        case badArchive
        /// An archive does not fit what this program makes.
        case cannotRestore
        case migrationFailed
        /// A script that runs as a tenant holds what would lead out of the tenant or its transaction.
        case statementRefused
        /// A lock was not to be had in time; later it may be.
        case busy
        /// The operator's login lacks a right.
        case notPermitted
        /// The connection was lost, and nothing was changed.
        case connectionLost
        /// The connection was lost, and what became of the work is not known.
        case unknownOutcome
        /// PostgreSQL refused for another reason.
        case database
    }

    public let code: Code
    /// What happened to what, without a full stop.
    public let message: String
    /// What to do next, as a sentence.
    public let next: String
    /// What PostgreSQL said.
    public let cause: PostgresError?

    public init(_ code: Code, _ message: String, next: String, cause: PostgresError? = nil) {
        self.code = code
        self.message = message
        self.next = next
        self.cause = cause
    }

    /// Both texts, fit for an operator.
    public var description: String { "\(message). \(next)" }
}

extension PostgresError {
    /// PostgreSQL's own words, for an operator, without a full stop.
    var words: String {
        [message, detail, hint.map { "hint: \($0)" }].compactMap { text in
            text.map { $0.hasSuffix(".") ? String($0.dropLast()) : $0 }
        }.joined(separator: "; ")
    }

    /// Whether the connection, rather than the work, failed: only a look at the database tells what became of it.
    var isLoss: Bool {
        switch code {
        case .connectionLost, .unknownOutcome, .deadlineExceeded, .closed: true
        case .server: sqlState?.rawValue.hasPrefix("57P0") ?? false
        default: false
        }
    }

    /// Whether the same work may succeed a little later.
    var isTransient: Bool {
        switch sqlState {
        case .lockNotAvailable?, .deadlockDetected?, .serializationFailure?: true
        default: false
        }
    }
}
