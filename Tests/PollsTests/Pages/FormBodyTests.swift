import Testing

@testable import Polls

/// Forms, to the byte.
@Suite struct FormBodyTests {
    private func form(_ text: String) throws -> FormBody { try FormBody(parsing: Array(text.utf8)) }

    @Test(arguments: [
        ("a=b", "b"), ("a=", ""), ("a", ""), ("b=c&a=x+y%20z", "x y z"), ("a=%E2%82%AC%00", "€\0"), ("&&a=1=2&", "1=2"),
        ("%61=%26%3d", "&="), ("a=é", "é"),
    ])
    func fieldsAreDecoded(text: String, value: String) throws {
        #expect(try form(text)["a"] == value)
    }

    @Test(arguments: ["a=%", "a=%4", "a=%zz", "a=%ff", "a=%ed%a0%80", "%c0%af=a", "a=1&a=2", "a=1&%61=1"])
    func whatIsNoFormIsRefused(text: String) {
        #expect(throws: Problem.self) { try form(text) }
    }

    @Test func linesAreThoseWithSomething() throws {
        #expect(try form("a=%0D%0A+one+%0D%0A%0D%0A+%09%0Atwo%0Dthree").lines("a") == [" one ", "two", "three"])
        #expect(try form("b=1").lines("a") == [])
    }
}
