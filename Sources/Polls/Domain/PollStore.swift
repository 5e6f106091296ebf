import Postgres
import Tenancy

/// All the SQL of a tenant's polls. It can only be made of a tenant's session, so it can only reach that tenant.
struct PollStore: Sendable {
    /// What a caller asked for that the data does not allow.
    enum Refusal: Error, Equatable {
        case notFound
        /// The poll has as many choices as it may have.
        case pollIsFull
        /// The idempotency key has counted for another choice.
        case keyUsedElsewhere
    }

    var session: TenantSession

    /// A page of questions, by id, and one more than `limit` if there are more. Columns: id, question, publish_date.
    func list(after: Int64, limit: Int64) async throws -> Rows {
        try await session.run(
            ["select id, question, publish_date from question where id > \(after) order by id limit \(limit + 1)"],
            isReadOnly: true
        )[0]
    }

    func poll(_ id: Int64) async throws -> Poll {
        let answers = try await session.run(
            [
                "select id, question, publish_date from question where id = \(id)",
                Self.choices(ofQuestion: id),
            ],
            isReadOnly: true
        )
        return try Self.poll(answers[0], answers[1])
    }

    func create(question: String, publishDate: Timestamp?, choices: [String]) async throws -> Poll {
        let answer = try await session.run([
            """
            with new_question as (
              insert into question (question, publish_date) values (\(question), coalesce(\(publishDate), now()))
              returning id, question, publish_date
            ), new_choice as (
              insert into choice (question_id, choice)
              select q.id, c.choice from new_question q, unnest(\(choices)) with ordinality c (choice, position)
              order by c.position
              returning id, choice
            )
            select q.id, q.question, q.publish_date,
              (select coalesce(array_agg(c.id order by c.id), '{}') from new_choice c),
              (select coalesce(array_agg(c.choice::text order by c.id), '{}') from new_choice c)
            from new_question q
            """
        ])[0]
        let (id, text, date, ids, texts) = try answer.decodeOne(
            Int64.self,
            String.self,
            Timestamp.self,
            [Int64].self,
            [String].self
        )
        let made = zip(ids, texts).map { Choice(id: $0, choice: $1, votes: 0) }
        return Poll(id: id, question: text, publishDate: date, choices: made)
    }

    /// Changes what is not `nil`.
    func update(_ id: Int64, question: String?, publishDate: Timestamp?) async throws -> Poll {
        let answers = try await session.run([
            """
            update question set question = coalesce(\(question), question),
              publish_date = coalesce(\(publishDate), publish_date)
            where id = \(id) returning id, question, publish_date
            """,
            Self.choices(ofQuestion: id),
        ])
        return try Self.poll(answers[0], answers[1])
    }

    func delete(_ id: Int64) async throws {
        let answer = try await session.run(["delete from question where id = \(id)"])[0]
        guard answer.affected == 1 else { throw Refusal.notFound }
    }

    func choices(of id: Int64) async throws -> [Choice] {
        let answers = try await session.run(
            [
                "select id from question where id = \(id)",
                Self.choices(ofQuestion: id),
            ],
            isReadOnly: true
        )
        guard !answers[0].isEmpty else { throw Refusal.notFound }
        return try Self.choices(answers[1])
    }

    func addChoice(_ choice: String, to id: Int64) async throws -> Choice {
        do {
            let answers = try await session.run([
                // One after the other: each statement sees what was committed before it began.
                "select id from question where id = \(id) for no key update",
                """
                insert into choice (question_id, choice) select id, \(choice) from question
                where id = \(id) and not exists (select from choice where question_id = \(id) offset 99)
                returning id, choice, votes
                """,
            ])
            guard !answers[0].isEmpty else { throw Refusal.notFound }
            guard let made = try Self.choices(answers[1]).first else { throw Refusal.pollIsFull }
            return made
        } catch let error as PostgresError where error.sqlState == .foreignKeyViolation {
            // The question went away in the same moment.
            throw Refusal.notFound
        }
    }

    /// Counts a vote. With a key, a second one with the same key counts no more, and is answered as the first was.
    func vote(for choice: Int64, of question: Int64, key: String?) async throws -> Vote {
        let counts = Self.choices(ofQuestion: question)
        guard let key else {
            let answers = try await session.run([
                "update choice set votes = votes + 1 where id = \(choice) and question_id = \(question)", counts,
            ])
            guard answers[0].affected == 1 else { throw Refusal.notFound }
            return Vote(choiceID: choice, choices: try Self.choices(answers[1]))
        }
        let answers = try await count(choice, of: question, key, counts)
        guard !answers[2].isEmpty else { throw Refusal.notFound }
        guard try answers[1].decodeOptional(Int64.self) == choice else { throw Refusal.keyUsedElsewhere }
        return Vote(choiceID: choice, choices: try Self.choices(answers[3]))
    }

    private func count(_ choice: Int64, of question: Int64, _ key: String, _ counts: SQL) async throws -> [Rows] {
        do {
            return try await session.run(
                [
                    """
                    with counted as (
                      insert into vote (idempotency_key, choice_id)
                      select \(key), id from choice where id = \(choice) and question_id = \(question)
                      on conflict (idempotency_key) do nothing returning choice_id
                    )
                    update choice set votes = votes + 1 from counted where choice.id = counted.choice_id
                    """,
                    "select choice_id from vote where idempotency_key = \(key)",
                    "select id from choice where id = \(choice) and question_id = \(question)",
                    counts,
                ],
                isRepeatable: true
            )
        } catch let error as PostgresError where error.sqlState == .foreignKeyViolation {
            // The choice went away in the same moment.
            throw Refusal.notFound
        }
    }

    /// Whether a token of this SHA-256 belongs to the tenant.
    func hasToken(hash: Bytes) async throws -> Bool {
        try await !session.run(["select true from api_token where hash = \(hash)"], isReadOnly: true)[0].isEmpty
    }

    /// As many as there can be, ``Poll/mostChoices``; SQL may have left more. The number is part of the text, since a plan
    /// for any number would be one for few.
    private static func choices(ofQuestion id: Int64) -> SQL {
        "select id, choice, votes from choice where question_id = \(id) order by id limit 100"
    }

    private static func poll(_ question: Rows, _ choices: Rows) throws -> Poll {
        guard let (id, text, date) = try question.decodeOptional(Int64.self, String.self, Timestamp.self) else {
            throw Refusal.notFound
        }
        return Poll(id: id, question: text, publishDate: date, choices: try Self.choices(choices))
    }

    private static func choices(_ rows: Rows) throws -> [Choice] {
        try rows.decode(Int64.self, String.self, Int64.self).map { Choice(id: $0, choice: $1, votes: $2) }
    }
}
