import Postgres
import Testing

@testable import Provisioning

@Suite struct DestinationTests {
    @Test(arguments: ["schema", "database", "database@asgard", "container"])
    func isReadAsItIsWritten(_ text: String) throws {
        #expect(try Destination(text).description == text)
    }

    @Test(arguments: ["", "schema@asgard", "database@", "container@x", "Schema", "@x", "table"])
    func anythingElseIsNone(_ text: String) async throws {
        #expect(try await code { _ = try Destination(text) } == .badDestination)
    }

    @Test func tablesComeAfterThoseTheyLeadTo() throws {
        func table(_ name: String, _ parents: String...) throws -> TableShape {
            TableShape(
                name: try Identifier(name),
                columns: [],
                key: [],
                parents: parents,
                isLogged: true,
                hasTriggers: false
            )
        }
        let tables = [try table("a", "b", "c"), try table("b", "c"), try table("c"), try table("d", "elsewhere")]
        let ordered = TableShape.ordered(tables)
        #expect(ordered.tables.map(\.name.name) == ["c", "d", "b", "a"])
        #expect(!ordered.isCircular)
        let circle = TableShape.ordered([try table("a", "b"), try table("b", "a"), try table("c")])
        #expect(circle.isCircular)
        #expect(circle.tables.count == 3)
    }
}
