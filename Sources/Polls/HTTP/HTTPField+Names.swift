import HTTPTypes

/// Names of header fields that HTTPTypes does not have.
///
/// The initialiser refuses text that holds what no name may; these are literals of letters and dashes, so that the
/// unwrapping cannot fail.
extension HTTPField.Name {
    static let idempotencyKey = Self("Idempotency-Key")!
    /// Where nginx is to look for the answer instead (nginx manual, "X-Accel").
    static let accelRedirect = Self("X-Accel-Redirect")!
    /// The front door's place for requests of tenants that have moved.
    static let pollsMoved = Self("Polls-Moved")!
    /// Which server answered.
    static let pollsUpstream = Self("Polls-Upstream")!
    /// What a browser says of the pages before (Referrer Policy, section 4).
    static let referrerPolicy = Self("Referrer-Policy")!
    /// From where a browser was told to ask: same-origin, same-site, cross-site, or none (Fetch Metadata, section 2.4).
    static let secFetchSite = Self("Sec-Fetch-Site")!
}
