import Markup

/// The form for a new poll: what was typed into it, whether that will do, and how it looks.
struct NewPollForm {
    /// What is wrong with a field, for the one who typed it.
    struct Fault: Equatable {
        enum Field: String { case question, choices }

        let field: Field
        let text: String
    }

    let question: String
    /// As they were typed.
    let choicesText: String
    /// One a line.
    let choices: [String]

    init() { (question, choicesText, choices) = ("", "", []) }

    init(_ body: FormBody) {
        question = body["question"] ?? ""
        choicesText = body["choices"] ?? ""
        choices = body.lines("choices")
    }

    /// The first one.
    var fault: Fault? {
        if question.isEmpty { return Fault(field: .question, text: "A poll has a question.") }
        if let fault = Body.fault(of: question) { return Fault(field: .question, text: "The question \(fault).") }
        guard (2...Poll.mostChoices).contains(choices.count) else {
            let text = "A poll has 2 to \(Poll.mostChoices) choices, one a line, not \(choices.count)."
            return Fault(field: .choices, text: text)
        }
        for (index, choice) in choices.enumerated() {
            guard let fault = Body.fault(of: choice) else { continue }
            return Fault(field: .choices, text: "Choice \(index + 1) \(fault).")
        }
        return nil
    }

    /// The first line break of a text area is not part of it: the one here leaves what was typed whole.
    func html(fault: Fault?) -> HTML {
        """
        <form method="post" action="/polls/">
        <div class="field">
        <label for="question">Question</label>\(message(.question, fault))
        <input id="question" name="question" value="\(question)" required autocomplete="off" dir="auto"\(state(.question, fault))>
        </div>
        <div class="field">
        <label for="choices">Choices</label>
        <p class="hint" id="choices-hint">One a line, two at least.</p>\(message(.choices, fault))
        <textarea id="choices" name="choices" rows="5" required dir="auto"\(state(.choices, fault))>
        \(choicesText)</textarea>
        </div>
        <button class="main">Create the poll</button>
        </form>
        """
    }

    private func message(_ field: Fault.Field, _ fault: Fault?) -> HTML? {
        guard let fault, fault.field == field else { return nil }
        return "\n<p class=\"fault\" id=\"\(field.rawValue)-fault\">\(fault.text)</p>"
    }

    /// Joins a field to what is said of it.
    private func state(_ field: Fault.Field, _ fault: Fault?) -> HTML {
        let hint: HTML? = field == .choices ? "choices-hint" : nil
        guard let fault, fault.field == field else { return hint.map { " aria-describedby=\"\($0)\"" } ?? "" }
        let words: HTML = hint.map { "\(field.rawValue)-fault \($0)" } ?? "\(field.rawValue)-fault"
        return " aria-invalid=\"true\" aria-describedby=\"\(words)\" autofocus"
    }
}
