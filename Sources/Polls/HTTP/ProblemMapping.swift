import HummingbirdCore
import Logging
import Postgres
import Tenancy

extension Problem {
    /// The one place where errors become answers. Whatever is not foreseen is a 503: it may go away by itself, and its
    /// text goes to the log only.
    init(_ error: any Error, logger: Logger) {
        switch error {
        case let problem as Problem: self = problem
        case let refusal as PollStore.Refusal: self = Self.of(refusal)
        case let error as TenancyError: self = Self.of(error)
        case let error as PostgresError: self = Self.of(error, logger)
        case is CancellationError: self = .unavailable("The request was given up.", retryAfter: 1)
        default:
            logger.error("unforeseen error", metadata: ["error": "\(error)"])
            self = .unavailable("Try again later.", retryAfter: 5)
        }
    }

    private static func of(_ refusal: PollStore.Refusal) -> Problem {
        switch refusal {
        case .notFound: .notFound
        case .pollIsFull: .invalid("choice", "A poll has at most \(Poll.mostChoices) choices, and this one has them.")
        case .keyUsedElsewhere: .conflict("This Idempotency-Key has counted for another choice already.")
        }
    }

    private static func of(_ error: TenancyError) -> Problem {
        switch error {
        case .unknownTenant: .unknownHost
        case .suspended: .unavailable("This tenant is not served at present.", retryAfter: 60)
        case .schemaUnavailable: .unavailable("This tenant is not served at present.", retryAfter: 5)
        case .writesPaused: .unavailable("This tenant is being moved: it takes no writes for a moment.", retryAfter: 1)
        case .servedElsewhere: .unavailable("This tenant has moved to a server of its own.", retryAfter: 1)
        case .homeUnreachable: .unavailable("The database does not answer at present.", retryAfter: 2)
        case .homeBusy: .unavailable("Too many databases are in use at present.", retryAfter: 1)
        case .directoryUnavailable: .unavailable("The service is starting.", retryAfter: 2)
        }
    }

    private static func of(_ error: PostgresError, _ logger: Logger) -> Problem {
        switch error.code {
        case .ownerQueueFull: return .tooManyRequests
        case .queueFull: return .unavailable("Too many requests wait at present.", retryAfter: 1)
        case .unknownOutcome:
            return .unavailable(
                "The database did not answer: this may or may not have been done. "
                    + "A retry with the same Idempotency-Key counts once.",
                retryAfter: 1
            )
        case .connectionFailed, .connectionLost, .deadlineExceeded, .closed:
            return .unavailable("The database does not answer at present.", retryAfter: 2)
        case .server where error.sqlState == .queryCanceled || error.sqlState == .adminShutdown:
            return .unavailable("The database does not answer at present.", retryAfter: 2)
        case .server where error.sqlState == .lockNotAvailable:
            return .unavailable("This tenant's tables are locked for a moment.", retryAfter: 1)
        case .server, .decoding, .invalidIdentifier, .invalidUse:
            logger.error("database error", metadata: ["error": "\(error)"])
            return .unavailable("Try again later.", retryAfter: 5)
        }
    }
}
