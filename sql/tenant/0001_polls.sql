-- A tenant's polls. Runs with search_path set to the tenant's schema: no table is qualified.

create table question (
    id bigint generated always as identity primary key,
    question varchar(256) not null,
    publish_date timestamptz not null default now()
);

create table choice (
    id bigint generated always as identity primary key,
    question_id bigint not null references question on delete cascade,
    choice varchar(256) not null,
    votes bigint not null default 0
);
create index choice_question on choice (question_id);

-- One row a vote that carried an idempotency key: the key counts once.
create table vote (
    idempotency_key text primary key,
    choice_id bigint not null references choice on delete cascade,
    voted_at timestamptz not null default now()
);
create index vote_choice on vote (choice_id);

-- Only the SHA-256 of a token is kept.
create table api_token (
    hash bytea primary key,
    name text not null,
    created_at timestamptz not null default now()
);
