import Testing

@testable import Polls

/// What a form for a new poll is told.
@Suite struct NewPollFormTests {
    @Test(arguments: [
        ("choices=a%0Ab", "question: A poll has a question."),
        ("question=&choices=a%0Ab", "question: A poll has a question."),
        ("question=q", "choices: A poll has 2 to 100 choices, one a line, not 0."),
        ("question=q&choices=a", "choices: A poll has 2 to 100 choices, one a line, not 1."),
        (
            "question=q&choices=" + Array(repeating: "a", count: 101).joined(separator: "%0A"),
            "choices: A poll has 2 to 100 choices, one a line, not 101."
        ),
        (
            "question=" + String(repeating: "é", count: 257) + "&choices=a%0Ab",
            "question: The question has 1 to 256 characters, not 257."
        ),
        ("question=a%00&choices=a%0Ab", "question: The question must not contain NUL."),
        (
            "question=q&choices=a%0A%0A" + String(repeating: "b", count: 300),
            "choices: Choice 2 has 1 to 256 characters, not 300."
        ),
    ])
    func faultsAreSaidAtTheirField(body: String, fault: String) throws {
        let found = try #require(NewPollForm(FormBody(parsing: Array(body.utf8))).fault)
        #expect("\(found.field): \(found.text)" == fault)
    }

    @Test func theLongestWillDo() throws {
        let text = String(repeating: "😀", count: 256)
        let choices = Array(repeating: text, count: 100).joined(separator: "\r\n")
        let form = NewPollForm(try FormBody(parsing: Array("question=\(text)&choices=\(choices)".utf8)))
        #expect(form.fault == nil)
        #expect(form.choices == Array(repeating: text, count: 100))
    }
}
