import AsyncHTTPClient
import Foundation
import NIOCore
import Subprocess

#if canImport(System)
import System
#else
import SystemPackage
#endif
#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A real browser without a window: Chromium, driven through chromedriver (W3C, WebDriver Level 2).
///
/// It reaches nothing but this machine's own tenants, keeps its profile in a folder of its own, and takes a minute at most
/// for anything.
public struct Browser: Sendable {
    private let driver: String
    private let session: String

    /// Runs the body with a browser, and ends it afterwards, with whatever it has started.
    public static func with(_ body: (Browser) async throws -> Void) async throws {
        let folder = "/tmp/polls-browser-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        guard let program = ["/usr/bin/chromedriver", "/usr/local/bin/chromedriver"].first(where: isThere) else {
            throw NotYet(description: "there is no chromedriver here: scripts/install-tools chromium chromedriver")
        }
        let log = folder + "/driver.log"
        let output = try FileDescriptor.open(
            FilePath(log),
            .writeOnly,
            options: [.create, .append],
            permissions: .ownerReadWrite
        )
        var options = PlatformOptions()
        // The driver and its browser are one group of processes.
        options.processGroupID = 0
        _ = try await Subprocess.run(
            .path(FilePath(program)),
            arguments: ["--port=0"],
            environment: .custom(["PATH": "/usr/bin:/bin", "HOME": .init(folder), "TMPDIR": .init(folder)]),
            platformOptions: options,
            input: .none,
            output: .fileDescriptor(output, closeAfterSpawningProcess: false),
            error: .fileDescriptor(output, closeAfterSpawningProcess: true)
        ) { execution in
            let group = execution.processIdentifier.value
            defer { kill(-group, SIGKILL) }
            let driver = "http://127.0.0.1:\(try await port(log))"
            let browser = try await start(driver, folder: folder)
            // It begins with a page of its own, which is none of the test's.
            try await browser.open("about:blank")
            _ = try await (browser.requests, browser.console)
            let result: Result<Void, any Error>
            do { result = .success(try await body(browser)) } catch { result = .failure(error) }
            try? await browser.send("DELETE", "")
            return try result.get()
        }
    }

    private static func isThere(_ path: String) -> Bool { FileManager.default.isExecutableFile(atPath: path) }

    /// The port that the driver says it has.
    private static func port(_ log: String) async throws -> Int {
        var port: Int?
        var text = ""
        let isServing = await eventually {
            text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            let end = text.components(separatedBy: "started successfully on port ").dropFirst().first
            port = end.flatMap { $0.contains("\n") ? Int($0.prefix { $0.isNumber }) : nil }
            return port != nil
        }
        guard isServing, let port else { throw NotYet(description: "chromedriver does not start: \(text)") }
        return port
    }

    private static func start(_ driver: String, folder: String) async throws -> Browser {
        struct Started: Decodable, Sendable { let sessionId: String }
        let arguments = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--window-size=1000,900",
            "--user-data-dir=\(folder)/profile", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE *.polls.localhost",
        ]
        let capabilities: [String: Any] = [
            "capabilities": [
                "alwaysMatch": [
                    "browserName": "chrome",
                    "goog:chromeOptions": ["args": arguments],
                    "goog:loggingPrefs": ["browser": "ALL", "performance": "ALL"],
                    "timeouts": ["pageLoad": 60_000, "script": 60_000],
                ]
            ]
        ]
        let started: Started = try await ask(driver, "POST", "/session", capabilities)
        return Browser(driver: driver, session: started.sessionId)
    }

    private struct Reply<Value: Decodable & Sendable>: Decodable, Sendable { let value: Value }
    private struct Failure: Decodable, Sendable { let error, message: String }

    /// Sends a command.
    private static func ask<Value: Decodable & Sendable>(
        _ driver: String,
        _ method: String,
        _ path: String,
        _ body: [String: Any]?
    ) async throws -> Value {
        var request = HTTPClientRequest(url: driver + path)
        request.method = .init(rawValue: method)
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: try JSONSerialization.data(withJSONObject: body)))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(120))
        let data = Data((try await response.body.collect(upTo: 64 << 20)).readableBytesView)
        guard response.status == .ok else {
            let failure = try? JSONDecoder().decode(Reply<Failure>.self, from: data).value
            let reason = failure.map { "\($0.error): \($0.message.prefix(400))" } ?? "\(response.status)"
            throw NotYet(description: "the browser at \(method) \(path): \(reason)")
        }
        return try JSONDecoder().decode(Reply<Value>.self, from: data).value
    }

    func ask<Value: Decodable & Sendable>(
        _ method: String,
        _ path: String,
        _ body: [String: Any]? = nil
    ) async throws -> Value {
        try await Self.ask(driver, method, "/session/\(session)\(path)", body)
    }

    /// Sends a command that has no answer but that it is done.
    func send(_ method: String, _ path: String, _ body: [String: Any]? = nil) async throws {
        struct Nothing: Decodable, Sendable {}
        let _: Nothing? = try await ask(method, path, body)
    }
}
