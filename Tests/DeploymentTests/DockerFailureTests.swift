import Testing

@testable import Deployment

/// The words of Docker and Compose, as their versions have them, and what an operator is told.
@Suite struct DockerFailureTests {
    @Test(arguments: [
        (
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
            DeploymentError.Code.noEngine
        ),
        (
            "ERROR: Couldn't connect to Docker daemon at http+docker://localhost - is it running?",
            .noEngine
        ),
        (
            "docker.errors.DockerException: Error while fetching server API version: ('Connection aborted.', "
                + "FileNotFoundError(2, 'No such file or directory'))",
            .noEngine
        ),
        (
            "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
            .noEngine
        ),
        (
            "driver failed programming external connectivity on endpoint x: Bind for 127.0.0.1:8080 failed: port is "
                + "already allocated",
            .portTaken
        ),
        ("listen tcp4 127.0.0.1:8080: bind: address already in use", .portTaken),
        ("Error response from daemon: write /var/lib/docker/tmp/x: no space left on device", .diskFull),
        ("Error response from daemon: No such image: polls:latest", .imageMissing),
        (
            "pull access denied for polls, repository does not exist or may require 'docker login'",
            .imageMissing
        ),
        ("Pool overlaps with other one on this address space", .subnetsExhausted),
        (
            "ERROR: The Compose file './compose.yaml' is invalid because:\nservices.a.image contains an invalid type",
            .badInput
        ),
        ("yaml: line 3: mapping values are not allowed in this context", .badInput),
        ("services.potter_web Additional property memlimit is not allowed", .badInput),
        ("something else altogether", .engine),
    ])
    func whatAMessageMeans(words: String, code: DeploymentError.Code) {
        let error = DockerFailure.explain(words, doing: "start PostgreSQL of potter")
        #expect(error.code == code)
        #expect(error.description.hasPrefix("cannot start PostgreSQL of potter: "))
        #expect(error.description.contains(words.split(separator: "\n").first ?? ""), "its own words are kept")
    }
}
