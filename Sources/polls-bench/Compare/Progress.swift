#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What the terminal shows: a line a step, with the time since the start and how many steps are left.
actor Progress {
    private let total: Int
    private(set) var done = 0
    private let start = ContinuousClock.now

    init(total: Int) { self.total = total }

    /// A step is done.
    func step(_ name: String, _ found: String = "") {
        done += 1
        line(name, found)
    }

    /// Steps up to a number of them are not done after all.
    func skip(to number: Int, _ name: String, _ why: String) {
        done = max(done, number)
        line(name, "left out: " + why)
    }

    private func line(_ name: String, _ found: String) {
        let seconds = Int((ContinuousClock.now - start).seconds)
        let time = "\(seconds / 60):" + (seconds % 60 < 10 ? "0" : "") + "\(seconds % 60)"
        let left = max(0, total - done)
        print("\(time.leftPadded(to: 6))  \("\(left)".leftPadded(to: 4)) left  \(name.padded(to: 42))  \(found)")
        // At once, into a file too.
        fflush(nil)
    }
}

extension String {
    fileprivate func leftPadded(to width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}
