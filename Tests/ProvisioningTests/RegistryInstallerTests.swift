import Migrations
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import Provisioning

/// Making the registry.
@Suite struct RegistryInstallerTests {
    private func withInstaller(
        _ body: @Sendable (PostgresClient, RegistryInstaller, RegistryOptions) async throws -> Void
    ) async throws {
        let options = RegistryOptions(appLogin: TestRegistry.uniqueLogin())
        try await TestDatabase.with { configuration in
            try await PostgresClient.withClient(configuration, logger: TestDatabase.logger) { client in
                let installer = RegistryInstaller(
                    client: client,
                    migrations: try Migration.load(EmbeddedMigrations.control),
                    logger: TestDatabase.logger
                )
                try await body(client, installer, options)
                try await TestRegistry.dropRoles(client)
            }
        }
    }

    private func verifier(of login: String?, _ client: PostgresClient) async throws -> String? {
        try await client.query("select rolpassword from pg_authid where rolname = \(login ?? "")")
            .decodeOptional(String?.self) ?? nil
    }

    @Test func doingItAgainChangesNothing() async throws {
        try await withInstaller { client, installer, options in
            let first = try await installer.install(options)
            let password = try await verifier(of: options.appLogin, client)
            let second = try await installer.install()
            #expect(first.applied == EmbeddedMigrations.control.map(\.file))
            #expect(second.applied.isEmpty)
            #expect(first.generatedPassword != nil)
            #expect(second.generatedPassword == nil)
            #expect(first.registry == second.registry)
            #expect(try await verifier(of: options.appLogin, client) == password)
        }
    }

    @Test func aGivenPasswordIsSet() async throws {
        try await withInstaller { client, installer, options in
            _ = try await installer.install(options)
            let before = try await verifier(of: options.appLogin, client)
            var again = options
            again.appPassword = "correct-horse-battery"
            #expect(try await installer.install(again).generatedPassword == nil)
            #expect(try await verifier(of: options.appLogin, client) != before)
        }
    }

    @Test func whatWasFixedStaysFixed() async throws {
        try await withInstaller { _, installer, options in
            _ = try await installer.install(options)
            #expect(
                try await code { _ = try await installer.install(RegistryOptions(tenantRoles: false)) }
                    == .registryFixed
            )
            #expect(
                try await code { _ = try await installer.install(RegistryOptions(appLogin: "other")) } == .registryFixed
            )
        }
    }

    @Test func aSuperusersInstallLeavesNoSafeguardOut() async throws {
        try await withInstaller { _, installer, options in
            let warnings = try await installer.install(options).warnings
            #expect(warnings == [])
        }
    }

    /// Whatever becomes of a tenant of such an operator: in the end it is not there.
    private static func copyAndComeBack(_ tenant: TenantName, _ fleet: Fleet) async throws {
        let (clone, name) = (try uniqueName("c"), try uniqueName("r"))
        try await Scratch.with { folder in
            let path = try #require(try await fleet.archive(tenant, to: folder.path).path)
            _ = try await fleet.clone(tenant, as: clone)
            try await fleet.drop(tenant)
            _ = try await TenantArchive.with(path) { try await fleet.restore($0, RestoreOptions()) }
            try await fleet.rename(tenant, to: name)
            let findings = try await fleet.audit().findings
            #expect(findings.allSatisfy { $0.severity == .notice }, "\(findings)")
            try await fleet.drop(clone, archivingTo: folder.path)
            try await fleet.drop(name)
        }
    }

    @Test func anotherOperatorIsToldWhatIsMissing() async throws {
        let login = TestRegistry.uniqueLogin()
        let owner = try Identifier("owner_" + login)
        let server = try await TestDatabase.serverConnectionString()
        try await TestDatabase.admin(server, "create role \(owner) login createrole")
        try await TestDatabase.with { configuration in
            let database = try await PostgresClient.withClient(configuration, logger: TestDatabase.logger) { client in
                let name = try await client.query("select current_database()::text").decodeOne(String.self)
                try await client.withConnection {
                    _ = try await $0.query("alter database \(try Identifier(name)) owner to \(owner)")
                }
                return name
            }
            var own = configuration
            own.connectionString = TestDatabase.connectionString(
                configuration.connectionString,
                database: database,
                user: owner.name
            )
            let tenant = try uniqueName()
            try await PostgresClient.withClient(own, logger: TestDatabase.logger) { client in
                let installer = RegistryInstaller(
                    client: client,
                    migrations: try Migration.load(EmbeddedMigrations.control),
                    logger: TestDatabase.logger
                )
                let installed = try await installer.install(RegistryOptions(appLogin: login))
                #expect(installed.warnings.count == 2, "only what needs a superuser: \(installed.warnings)")
                #expect(installed.warnings.allSatisfy { $0.remedy.contains("revoke") })
                // And it can make tenants all the same.
                let provisioner = try await Provisioner.open(
                    client,
                    product: try TestProduct.polls(),
                    registryVersion: EmbeddedMigrations.control.count,
                    logger: TestDatabase.logger
                )
                _ = try await provisioner.create(NewTenant(name: tenant))
                // To run SQL as the tenant it becomes a member of its role.
                let answers = try await provisioner.run("select current_user::text from question", in: tenant)
                #expect(answers.count == 1)
                try await Self.copyAndComeBack(tenant, try Fleet.forTests(provisioner, own))
            }
            // The remedies end the warnings.
            try await PostgresClient.withClient(configuration, logger: TestDatabase.logger) { client in
                for safeguard in Safeguard.all(
                    database: try Identifier(database),
                    app: try Identifier(login),
                    operator: owner
                ) {
                    _ = try await client.withConnection { try await $0.run(safeguard.statements) }
                }
            }
            try await PostgresClient.withClient(own, logger: TestDatabase.logger) { client in
                let installer = RegistryInstaller(
                    client: client,
                    migrations: try Migration.load(EmbeddedMigrations.control),
                    logger: TestDatabase.logger
                )
                #expect(try await installer.install().warnings == [])
            }
            try await PostgresClient.withClient(configuration, logger: TestDatabase.logger) { client in
                try await TestRegistry.dropRoles(client)
            }
        }
        try await TestDatabase.admin(server, "drop role \(owner)")
    }

    @Test(arguments: ["", "with space in it", "umläut-umläut", "line\nbreak-in-it"])
    func passwordsThatClientsDisagreeOnAreRefused(password: String) async throws {
        let options = RegistryOptions(appLogin: TestRegistry.uniqueLogin(), appPassword: password)
        try await TestDatabase.with { configuration in
            try await PostgresClient.withClient(configuration, logger: TestDatabase.logger) { client in
                let installer = RegistryInstaller(
                    client: client,
                    migrations: try Migration.load(EmbeddedMigrations.control),
                    logger: TestDatabase.logger
                )
                #expect(try await code { _ = try await installer.install(options) } == .badAppLogin)
                let schemas = try await client.query(
                    "select count(*) from pg_namespace where nspname = 'polls_control'"
                )
                #expect(try schemas.decodeOne(Int64.self) == 0, "nothing was made")
            }
        }
    }

    @Test func aDatabaseWithoutRegistrySaysSo() async throws {
        try await TestDatabase.with { configuration in
            try await PostgresClient.withClient(configuration, logger: TestDatabase.logger) { client in
                let product = Product(
                    migrations: [],
                    tokenPrefix: "",
                    insertToken: { _, _ in "select 1" },
                    removeTokens: { "select 1" }
                )
                let found = try await code {
                    _ = try await Provisioner.open(
                        client,
                        product: product,
                        registryVersion: 1,
                        logger: TestDatabase.logger
                    )
                }
                #expect(found == .registryMissing)
            }
        }
    }
}
