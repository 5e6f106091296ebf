import Testing

@testable import Polls

@Suite struct DateFieldTests {
    /// The first is the example of RFC 9110, 5.6.7; the others as `date -u` writes them.
    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (951_868_799, "Tue, 29 Feb 2000 23:59:59 GMT"), (4_102_444_800, "Fri, 01 Jan 2100 00:00:00 GMT"),
    ]) func isWrittenAsHTTPWantsIt(second: Int, text: String) {
        #expect(DateField.text(second: second) == text)
    }
}
