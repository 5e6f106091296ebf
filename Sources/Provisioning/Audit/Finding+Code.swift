extension Finding {
    /// The kind of finding: what a program decides by.
    public enum Code: String, Sendable, CaseIterable {
        // Schemas.
        case schemaMissing, schemaReplaced, schemaRenamed, schemaShared, schemaOwner, objectOwner
        case schemaLeftover
        // Roles.
        case roleMissing, roleAttributes, roleMember, roleShared, appNotMember, appInherits, appLogin, roleLeftover
        // Rights.
        case rightLeaked, rightTooWide, rightMissing, keptWritable, defaultPrivileges
        case safeguardMissing, publicTables, securityDefiner
        // Tables.
        case drift, referenceFailed
        // The ledger.
        case behind, ahead, ledgerGap, ledgerChecksum, ledgerVersion
        // What commands have left unfinished.
        case creating, dropping, moveUnfinished, movingWithoutMove, writesPaused, homeUnfinished, homeMismatch
        case copyOverdue, publicationLeftover, badDomain, badName
        // Homes and servers.
        case serverUnreachable, serverUnfinished, databaseMissing, databaseLeftover, homeUnreachable, homeNotSeen
    }
}
