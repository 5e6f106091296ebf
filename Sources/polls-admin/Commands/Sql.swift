import ArgumentParser
import Postgres
import Provisioning

/// Runs SQL as a tenant.
struct Sql: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs SQL as a tenant, in one transaction.",
        discussion: """
            Prints the rows as a table. With --json, a line for each statement: an array of objects, or \
            {"affected": n} where there are no rows. All is committed at the end, or nothing when a statement fails; \
            BEGIN, COMMIT, SET ROLE and their kind are refused, savepoints are not.

              polls-admin sql potter 'select question, publish_date from question'
              polls-admin sql potter 'delete from question where id = 7' --json
              polls-admin sql potter --file mend.sql
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var tenant: NameArgument

    @Argument(help: "One statement, or several with semicolons.")
    var statement: String?

    @Option(
        help: ArgumentHelp("File with the statements instead, - for standard input.", valueName: "statements"),
        completion: .file()
    )
    var file: String?

    func validate() throws {
        guard (statement == nil) != (file == nil) else { throw ValidationError("give a statement, or --file") }
    }

    func run() async throws {
        let name = try tenant.name
        let script = try statement ?? file.map(InputFile.read) ?? ""
        try await shared.withSession { session in
            let answers = try await session.fleet.withHome(of: name) { home in
                try await home.provisioner.run(script, in: name)
            }
            guard !answers.isEmpty else { throw WrongUse("there is no statement to run") }
            for (index, rows) in answers.enumerated() {
                if output.json {
                    Output.line(rows.columns.isEmpty ? #"{"affected":\#(rows.affected)}"# : RowsJSON(rows).text)
                } else {
                    if index > 0 { Output.line("") }
                    Output.line(Self.text(rows))
                }
            }
        }
    }

    private static func text(_ rows: Rows) -> String {
        let columns = rows.columns
        guard !columns.isEmpty else { return rows.affected == 1 ? "1 row" : "\(rows.affected) rows" }
        var table = Table(header: columns)
        for row in rows { table.add(columns.indices.map { row.text(at: $0) ?? "" }) }
        return table.text + "\n(\(rows.count) \(rows.count == 1 ? "row" : "rows"))"
    }
}
