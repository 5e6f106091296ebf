import Markup

/// The form for a new poll once more, with what was typed and what is wrong with it.
struct NewPollPage {
    let form: NewPollForm
    let fault: NewPollForm.Fault
    let site: String

    var layout: Layout {
        Layout(
            title: "Error: New poll",
            site: site,
            content: """
                <h1>New poll</h1>
                \(form.html(fault: fault))
                <p class="ways"><a href="/polls/">All polls</a></p>
                """
        )
    }
}
