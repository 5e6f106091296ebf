import Synchronization
import TestSupport
import Testing

@testable import Settings

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A log whose reader stands still, and goes on.
@Suite struct LineWriterTests {
    private func withPipe(_ body: (_ reader: Int32, _ writer: Int32) async throws -> Void) async throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        try await body(ends[0], ends[1])
    }

    private func take(_ reader: Int32) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(reader, &buffer, buffer.count)
        return Array(buffer.prefix(max(0, count)))
    }

    /// How many lines a notice counts.
    private static func dropped(_ notice: Substring) -> Int? {
        notice.split(separator: "lines=").last.flatMap { Int($0) }
    }

    @Test func whatNobodyReadsIsDroppedAndCounted() async throws {
        try await withPipe { reader, end in
            let writer = LineWriter(to: end, label: "test", format: .text)
            let total = 100_000
            // Some 4 MB: more than waits, is on its way and in the pipe together.
            for number in 0..<total { writer.write(Array("line \(1_000_000 + number) of a log that is long\n".utf8)) }
            // It does not wait for what does not come.
            await writer.finish(within: .milliseconds(1))
            var read: [UInt8] = []
            // Where its thread came late, it says so twice.
            var (lines, notices): ([Substring], [Substring]) = ([], [])
            let isAllThere = await eventually {
                let part = take(reader)
                read += part
                guard part.isEmpty, read.last == UInt8(ascii: "\n") else { return false }
                let all = String(decoding: read, as: UTF8.self).split(separator: "\n")
                (lines, notices) = (
                    all.filter { !$0.contains(" warning test: ") }, all.filter { $0.contains(" warning test: ") }
                )
                return lines.count + notices.compactMap(Self.dropped).reduce(0, +) == total
            }
            #expect(isAllThere, "\(lines.count) lines, and \(notices)")
            #expect(!notices.isEmpty, "nothing says that lines were dropped")
            #expect(lines.allSatisfy { $0.hasPrefix("line 1") && $0.hasSuffix(" of a log that is long") })

            writer.write(Array("again\n".utf8))
            await writer.finish(within: .seconds(120))
            #expect(String(decoding: take(reader), as: UTF8.self) == "again\n")
        }
    }

    @Test func linesOfManyStayWhole() async throws {
        try await withPipe { reader, end in
            let writer = LineWriter(to: end, label: "test", format: .text)
            var read: [UInt8] = []
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<8 {
                    let line = Array((String(repeating: "\(task)", count: 9_999) + "\n").utf8)
                    group.addTask { for _ in 0..<10 { writer.write(line) } }
                }
                #expect(
                    await eventually {
                        read += take(reader)
                        return read.count == 800_000
                    }
                )
                try await group.waitForAll()
            }
            for line in String(decoding: read, as: UTF8.self).split(separator: "\n") {
                #expect(line.count == 9_999 && Set(line).count == 1)
            }
        }
    }

    /// As a terminal that somebody else has set to that.
    @Test func anOutputThatDoesNotBlockIsWaitedFor() async throws {
        try await withPipe { reader, end in
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            let writer = LineWriter(to: end, label: "test", format: .text)
            let line = Array((String(repeating: "x", count: 9_999) + "\n").utf8)
            for _ in 0..<50 { writer.write(line) }
            var read = 0
            #expect(
                await eventually {
                    read += take(reader).count
                    return read == 500_000
                },
                "\(read) bytes came"
            )
        }
    }

    @Test func aClosedOutputIsNoReasonToFail() async throws {
        StandardStreams.surviveClosedPipes()
        try await withPipe { _, end in
            var gone: [Int32] = [-1, -1]
            try #require(pipe(&gone) == 0)
            close(gone[0])
            let writer = LineWriter(to: gone[1], label: "test", format: .text)
            writer.write(Array("line\n".utf8))
            await writer.finish(within: .seconds(120))
            close(gone[1])
        }
    }
}
