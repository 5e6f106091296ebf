/// How far a long work is: a line of the terminal that is written anew. Where standard error is no terminal, only failures
/// are told.
struct ProgressLine {
    /// How many things there are to do.
    var total = 0
    let isShown = Output.hasTerminal
    private var done = 0
    private var failed = 0
    private var width = 0
    private var shown: ContinuousClock.Instant?

    /// One more thing was done.
    mutating func advance() {
        done += 1
        show()
    }

    /// One more thing failed, and why.
    mutating func advance(failure: String) {
        done += 1
        failed += 1
        clear()
        Output.error(failure)
        show()
    }

    /// Leaves an empty line.
    mutating func clear() {
        guard width > 0 else { return }
        Output.overwrite(String(repeating: " ", count: width) + "\r")
        width = 0
        shown = nil
    }

    /// At most ten times a second.
    private mutating func show() {
        guard isShown, shown.map({ .now - $0 >= .milliseconds(100) }) ?? true else { return }
        // Never shorter than the one before.
        let text = "\(done) of \(total) tenants" + (failed > 0 ? ", \(failed) failed" : "")
        Output.overwrite(text)
        width = text.count
        shown = .now
    }
}
