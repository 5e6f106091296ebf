/// Docker's command line: what is asked of the engine, and which Compose there is.
///
/// `DOCKER_HOST` and contexts work as they do for docker itself. Compose files mount password files of this machine:
/// with an engine elsewhere, the deployment's folder has to be there too, under the same path.
actor DockerEngine {
    private var compose: [String]?

    /// - Throws: ``DeploymentError`` with code `noEngine` or `noCompose`.
    func check() async throws {
        try await run(["version", "--format", "{{.Server.Version}}"], doing: "ask the Docker engine")
        _ = try await composeCommand()
    }

    /// Runs docker.
    /// - Returns: what it printed, without the last newline.
    @discardableResult
    nonisolated func run(_ arguments: [String], input: String = "", doing: String) async throws -> String {
        let outcome = try await attempt(arguments, input: input)
        guard outcome.succeeded else { throw DockerFailure.explain(outcome.errors + outcome.output, doing: doing) }
        return outcome.output.trimmed
    }

    /// Runs docker, whatever comes of it.
    nonisolated func attempt(_ arguments: [String], input: String = "") async throws -> Command.Outcome {
        do {
            return try await Command.run("docker", arguments, input: input)
        } catch let error as DeploymentError where error.code == .programMissing {
            throw DeploymentError(
                .noEngine,
                "docker is not installed",
                next: "Install it: apt-get install docker.io; without an engine, use processes: --runtime process."
            )
        }
    }

    /// Runs Compose on one project.
    func compose(_ project: String, _ file: String, _ arguments: [String], doing: String) async throws {
        let command = try await composeCommand() + ["-p", project, "-f", file] + arguments
        let outcome = try await Command.run(
            command[0],
            Array(command.dropFirst()),
            environment: ["COMPOSE_HTTP_TIMEOUT": "300", "COMPOSE_IGNORE_ORPHANS": "1"]
        )
        guard outcome.succeeded else { throw DockerFailure.explain(outcome.errors + outcome.output, doing: doing) }
    }

    /// The containers that have a label.
    /// - Parameter all: those that do not run, too.
    nonisolated func containers(label: String, all: Bool = false) async throws -> [String] {
        try await containers(labels: [label], all: all)
    }

    /// The containers of a project's service.
    /// - Parameters:
    ///   - service: `nil`: every one of the project.
    ///   - all: those that do not run, too.
    nonisolated func containers(project: String, service: String? = nil, all: Bool = false) async throws -> [String] {
        try await containers(
            labels: ["com.docker.compose.project=\(project)"]
                + (service.map { ["com.docker.compose.service=\($0)"] } ?? []),
            all: all
        )
    }

    private nonisolated func containers(labels: [String], all: Bool) async throws -> [String] {
        let filters = labels.flatMap { ["--filter", "label=\($0)"] }
        return try await run(["ps", "--quiet"] + (all ? ["--all"] : []) + filters, doing: "list containers")
            .split(separator: "\n").map(String.init)
    }

    /// Version 2 first, which is docker's own.
    private func composeCommand() async throws -> [String] {
        if let compose { return compose }
        if try await attempt(["compose", "version"]).succeeded {
            compose = ["docker", "compose"]
        } else if let old = try? await Command.run("docker-compose", ["version", "--short"]), old.succeeded {
            compose = ["docker-compose"]
        }
        guard let compose else {
            throw DeploymentError(
                .noCompose,
                "there is neither `docker compose` nor docker-compose 1.29",
                next: "Install one: apt-get install docker-compose."
            )
        }
        return compose
    }
}

extension String {
    /// Without blanks and newlines at either end.
    var trimmed: String {
        var text = self[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text.drop { $0.isWhitespace })
    }
}
