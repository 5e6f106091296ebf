-- Homes: where tenants live that are in no schema of the control database, on which servers, and how they get there.

create table polls_control.server (
    name text primary key check (name ~ '^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$'),
    -- How an operator connects. It may hold a password, and the app's login may not read it.
    operator_url text not null,
    -- The app's login there, and how it connects.
    app_login text not null,
    app_url text not null,
    state text not null default 'adding' check (state in ('adding', 'active', 'draining')),
    created_at timestamptz not null default now()
);

-- A place that is made for one tenant: a database or a container with a registry of its own, or a schema of the control
-- database while it is being made, or is kept after the tenant has left it.
create table polls_control.home (
    id bigint generated always as identity primary key,
    tenant_id uuid not null references polls_control.tenant,
    level text not null check (level in ('schema', 'database', 'container')),
    state text not null default 'making' check (state in ('making', 'live', 'kept')),
    -- null: the control database's server, or a container's own.
    server_name text references polls_control.server,
    -- null: the control database.
    database_name text,
    schema_name text not null,
    schema_oid oid not null default 0,
    role_name text,
    -- A kept copy goes after this moment.
    drop_after timestamptz,
    created_at timestamptz not null default now()
);
create index home_tenant on polls_control.home (tenant_id);

-- schema_oid and role_name of a tenant are those in its home. Without a home, it is in a schema of this database.
alter table polls_control.tenant
    add column home_id bigint references polls_control.home,
    -- Its writers wait: a move is about to switch.
    add column writes_paused boolean not null default false;

-- The journal of moves. Until a move has switched, the tenant is at home in the old place; from then on, in the new one.
create table polls_control.move (
    id bigint generated always as identity primary key,
    tenant_id uuid not null references polls_control.tenant on delete cascade,
    from_level text not null,
    from_server text,
    -- null: the schema in this database.
    from_home bigint,
    to_level text not null,
    to_server text,
    to_home bigint not null,
    method text not null check (method in ('replicate', 'copy')),
    step text not null default 'begun'
        check (step in ('begun', 'made', 'copied', 'paused', 'verified', 'switched', 'done', 'aborting', 'aborted')),
    keep interval not null,
    rows bigint,
    pause_us bigint,
    error text,
    started_at timestamptz not null default now(),
    finished_at timestamptz
);
create unique index move_under_way on polls_control.move (tenant_id) where finished_at is null;

-- A server's new address reaches the servers' directories: everything may have changed.
create function polls_control.server_changed() returns trigger language plpgsql set search_path = '' as $$
begin
    perform pg_catalog.pg_notify('polls_tenant', '');
    return null;
end $$;

create trigger notify_update after update on polls_control.server
    for each statement execute function polls_control.server_changed();
