import ArgumentParser

/// An amount of memory as people type it: `8GB`, `512MiB`, `16G`. GB is 10⁹ bytes, GiB and G are 2³⁰.
struct MemorySize: ExpressibleByArgument, Equatable {
    let bytes: Int

    init?(argument: String) {
        let digits = argument.prefix { $0.isNumber || $0 == "." }
        let unit = argument.dropFirst(digits.count).drop { $0 == " " }.lowercased()
        let factors: [String: Double] = [
            "": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "k": 1024, "kib": 1024, "m": 1_048_576,
            "mib": 1_048_576, "g": 1_073_741_824, "gib": 1_073_741_824, "t": 1_099_511_627_776,
            "tib": 1_099_511_627_776,
        ]
        guard let number = Double(digits), let factor = factors[unit], number > 0, number * factor < 1e18 else {
            return nil
        }
        bytes = Int(number * factor)
    }
}
