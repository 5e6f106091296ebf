/// What the words of Docker and of Compose mean, in the versions that are about (engine 20 to 28, Compose 1.29 and 2).
enum DockerFailure {
    /// - Parameters:
    ///   - words: what the program said.
    ///   - doing: what was tried, such as `start PostgreSQL of potter`.
    static func explain(_ words: String, doing: String) -> DeploymentError {
        let known = table.first { entry in entry.words.contains { words.contains(anyCase: $0) } }
        return DeploymentError(
            known?.code ?? .engine,
            "cannot \(doing): \(known?.reason ?? "the Docker engine refuses")",
            next: known?.next ?? "See what it says, put that right, and try again: it goes on from where it is.",
            output: words
        )
    }

    private struct Entry {
        let code: DeploymentError.Code
        let words: [String]
        let reason: String
        let next: String
    }

    /// The first that fits counts.
    private static let table = [
        Entry(
            code: .noEngine,
            words: [
                "cannot connect to the docker daemon", "couldn't connect to docker daemon", "error during connect",
                "permission denied while trying to connect", "error while fetching server api version",
                "is the docker daemon running",
            ],
            reason: "no Docker engine answers",
            next:
                "Start it (systemctl start docker, or dockerd), or name it in DOCKER_HOST; without one, use processes: "
                + "--runtime process."
        ),
        Entry(
            code: .diskFull,
            words: ["no space left on device", "disk quota exceeded"],
            reason: "the engine's disk is full",
            next: "Make room (docker system df, docker image prune) and try again."
        ),
        Entry(
            code: .portTaken,
            words: [
                "port is already allocated", "address already in use", "ports are not available",
                "cannot assign requested address",
            ],
            reason: "the port or the address is taken",
            next: "Stop what listens there (docker ps, ss -ltnp), or publish another address."
        ),
        Entry(
            code: .subnetsExhausted,
            words: ["pool overlaps with other one", "could not find an available, non-overlapping"],
            reason: "another network has its subnet",
            next: "See docker network ls; remove that network, or give another range of subnets."
        ),
        Entry(
            code: .imageMissing,
            words: [
                "no such image", "pull access denied", "manifest unknown", "repository does not exist",
                "failed to resolve reference", "error pulling image", "get \"https://", "not found: manifest",
            ],
            reason: "an image is neither here nor to be had",
            next: "Build the app's with make image, and pull the others: docker pull postgres:15 nginx:stable."
        ),
        Entry(
            code: .badInput,
            words: [
                "is invalid because", "unsupported config option", "additional propert", "validating ", "yaml: ",
                "must be a mapping", "contains unsupported option", "invalid interpolation", "invalid compose",
                "should specify the units", "invalid size", "decoding failed", "parsing ", "scannererror",
                "parsererror", "undefined service", "undefined network",
            ],
            reason: "Compose refuses its file",
            next: "See what it says. Files of the deployment's folder are rendered; remove a changed one and try again."
        ),
    ]
}

extension String {
    /// Whether the text has these words, in any case.
    fileprivate func contains(anyCase words: String) -> Bool { lowercased().contains(words.lowercased()) }
}
