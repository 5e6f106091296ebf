import FoundationEssentials

/// The product's programs, as they were built with the tests.
public enum Program {
    /// The path of a program: it stands beside the tests' own executable.
    public static func path(_ name: String) -> String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let tests = CommandLine.arguments[0].contains(".xctest") ? CommandLine.arguments[0] : own
        return String(tests[..<(tests.lastIndex(of: "/") ?? tests.startIndex)]) + "/" + name
    }
}
