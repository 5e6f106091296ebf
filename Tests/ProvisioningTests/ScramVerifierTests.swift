import FoundationEssentials
import Testing

@testable import Provisioning

/// The stored form of a password.
@Suite struct ScramVerifierTests {
    /// The keys of RFC 7677's example, as PostgreSQL would store them.
    @Test func theExampleOfTheStandardHolds() throws {
        let salt = try #require(Data(base64Encoded: "W22ZaJ0SNY7soEsUEjb6gQ=="))
        let verifier = ScramVerifier(password: "pencil", salt: Array(salt), iterations: 4096)
        #expect(
            verifier.text == "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
                + "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
        )
    }

    @Test func twoOfTheSamePasswordDiffer() {
        #expect(ScramVerifier(password: "pencil").text != ScramVerifier(password: "pencil").text)
    }
}
