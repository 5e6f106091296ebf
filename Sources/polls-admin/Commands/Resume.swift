import ArgumentParser
import Provisioning

/// Puts tenants back into service.
struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Puts suspended tenants back into service.",
        discussion: """
            Doing it again changes nothing. With several, one's failure does not stop the others (exit code 3).

              polls-admin resume potter
              polls-admin resume --file paid.txt
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var tenants: TenantNames

    func run() async throws { try await shared.turn(tenants, into: "active", output) { try await $0.resume($1) } }
}
