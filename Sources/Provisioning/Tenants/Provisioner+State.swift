import Postgres
import Tenancy

extension Provisioner {
    /// Takes a tenant out of service; its data stays. Doing it again changes nothing.
    public func suspend(_ name: TenantName) async throws { try await turn(name, .active, into: .suspended) }

    /// Puts a suspended tenant back into service. Doing it again changes nothing.
    public func resume(_ name: TenantName) async throws { try await turn(name, .suspended, into: .active) }

    private func turn(_ name: TenantName, _ from: Tenant.State, into to: Tenant.State) async throws {
        try await change(name, to == .active ? "resuming" : "suspending") { connection in
            let answers = try await connection.run([
                """
                update polls_control.tenant set state = \(to.rawValue)
                where name = \(name.rawValue) and state = \(from.rawValue)
                """,
                "select state from polls_control.tenant where name = \(name.rawValue)",
            ])
            guard let state = try answers[1].decodeOptional(String.self) else {
                throw ProvisioningError.noSuchTenant(name)
            }
            guard state == to.rawValue else {
                throw ProvisioningError.unfinished(name, state)
            }
        }
    }
}
