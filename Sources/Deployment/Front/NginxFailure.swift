/// What nginx's refusals mean.
enum NginxFailure {
    static func stuck(log: String) -> DeploymentError {
        DeploymentError(
            .notReady,
            "nginx was told to take a new configuration, and still serves by the old one",
            next: "See \(log); the next change tries again."
        )
    }

    static func explain(_ words: String, log: String) -> DeploymentError {
        if words.contains("Address already in use") || words.contains("bind()") {
            return DeploymentError(
                .portTaken,
                "nginx cannot listen: the port is taken, or not for this user",
                next: "Stop what listens there, or choose another address.",
                output: words
            )
        }
        if words.contains("No space left on device") {
            return DeploymentError(
                .diskFull,
                "nginx's configuration cannot be written: the disk is full",
                next: "Make room and try again; the old configuration is still served.",
                output: words
            )
        }
        return DeploymentError(
            .badInput,
            "nginx refuses its new configuration, and goes on with the old one",
            next: "See what it says, and \(log).",
            output: words
        )
    }

    static func unwritable(_ path: String) -> DeploymentError {
        DeploymentError(.folder, "cannot replace \(path)", next: "Use a folder that this user may write to.")
    }
}
