#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Which tenant is asked how often.
enum TrafficPattern: Sendable {
    /// All alike.
    case uniform
    /// The nth as often as 1/n^1.1: a few are busy, most are not (Zipf).
    case skewed

    static let exponent = 1.1

    /// The part of the requests that each of so many tenants gets.
    func shares(of tenants: Int) -> [Double] {
        let weights: [Double] = (0..<tenants).map { index in
            switch self {
            case .uniform: 1
            case .skewed: 1 / pow(Double(index + 1), Self.exponent)
            }
        }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    /// An order of asking so many tenants, drawn by the seed: the index of a tenant for each request.
    func order(of tenants: Int, length: Int = 8192, seed: UInt64) -> [Int] {
        var generator = SeededGenerator(seed: seed)
        var bounds: [Double] = []
        var sum = 0.0
        for share in shares(of: tenants) {
            sum += share
            bounds.append(sum)
        }
        return (0..<length).map { _ in
            let drawn = generator.unit()
            return bounds.firstIndex { drawn < $0 } ?? tenants - 1
        }
    }
}

extension Load {
    /// Writes wrk's script: one request, to tenants in a given order, over and over.
    init(folder: String, name: String, tenants: [String], order: [Int], path: String) throws {
        let hosts = tenants.map { "\"\($0).polls.localhost\"" }.joined(separator: ",")
        let turns = order.map { String($0 + 1) }.joined(separator: ",")
        try self.init(
            file: "\(folder)/\(name).lua",
            """
            local hosts, order, requests, turn = {\(hosts)}, {\(turns)}, {}, 0
            function init()
              for index, host in ipairs(hosts) do
                requests[index] = wrk.format("GET", "\(path)", { ["Host"] = host })
              end
            end
            function request()
              turn = turn % #order + 1
              return requests[order[turn]]
            end
            """
        )
    }
}
