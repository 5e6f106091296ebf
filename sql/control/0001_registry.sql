-- The registry: which tenants there are, where each lives, and what has been done to it.
-- Everything is in one schema of the control database, owned by the operator's login.

create schema polls_control;

create table polls_control.control_migration (
    version integer primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now()
);

-- One row for the registry itself.
create table polls_control.setting (
    only_row boolean primary key default true check (only_row),
    tenant_roles boolean not null,
    app_login text not null
);

create table polls_control.tenant (
    id uuid primary key default gen_random_uuid(),
    -- A number for prepared statements and lock keys; never reused.
    number bigint generated always as identity unique,
    name text not null unique check (name ~ '^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$' and name !~ '--'),
    schema_name text not null,
    -- The schema itself, whatever its name becomes.
    schema_oid oid not null default 0,
    -- The tenant's NOLOGIN role; null in a registry without tenant roles.
    role_name text,
    level text not null default 'schema' check (level in ('schema', 'database', 'container')),
    state text not null default 'active' check (state in ('creating', 'active', 'suspended', 'moving', 'dropping')),
    schema_version integer not null default 0,
    -- What the product keeps for a tenant, such as {"open": true}.
    settings jsonb not null default '{}',
    created_at timestamptz not null default now()
);

create table polls_control.tenant_domain (
    host text primary key check (host = lower(host)),
    tenant_id uuid not null references polls_control.tenant on delete cascade
);
create index tenant_domain_tenant on polls_control.tenant_domain (tenant_id);

create table polls_control.tenant_migration (
    tenant_id uuid not null references polls_control.tenant on delete cascade,
    version integer not null,
    checksum text not null,
    applied_at timestamptz not null default now(),
    duration_us bigint not null,
    primary key (tenant_id, version)
);

create table polls_control.fleet_run (
    id bigint generated always as identity primary key,
    command text not null,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    done integer not null default 0,
    failed integer not null default 0,
    errors jsonb not null default '[]'
);

-- Every change of a tenant or of its domains reaches the servers' directories through the channel polls_tenant, with the
-- tenant's name; a statement that changes many sends one empty payload ("everything may have changed") instead.
create function polls_control.notify_tenants(names text[]) returns void language plpgsql set search_path = '' as $$
begin
    if cardinality(names) > 16 then
        perform pg_catalog.pg_notify('polls_tenant', '');
    else
        perform pg_catalog.pg_notify('polls_tenant', name) from pg_catalog.unnest(names) as name;
    end if;
end $$;

-- Both names of a renamed tenant are told: under the old one it must no longer be found.
create function polls_control.tenant_changed() returns trigger language plpgsql set search_path = '' as $$
begin
    if tg_op = 'INSERT' then
        perform polls_control.notify_tenants(array(select name from new_rows limit 17));
    elsif tg_op = 'DELETE' then
        perform polls_control.notify_tenants(array(select name from old_rows limit 17));
    else
        perform polls_control.notify_tenants(
            array(select name from new_rows union select name from old_rows limit 17));
    end if;
    return null;
end $$;

create trigger notify_insert after insert on polls_control.tenant
    referencing new table as new_rows for each statement execute function polls_control.tenant_changed();
create trigger notify_update after update on polls_control.tenant
    referencing old table as old_rows new table as new_rows for each statement
    execute function polls_control.tenant_changed();
create trigger notify_delete after delete on polls_control.tenant
    referencing old table as old_rows for each statement execute function polls_control.tenant_changed();

-- Domains that go with their tenant find no tenant any more: its own trigger has told of it.
create function polls_control.domain_changed() returns trigger language plpgsql set search_path = '' as $$
begin
    if tg_op in ('INSERT', 'UPDATE') then
        perform polls_control.notify_tenants(array(
            select distinct name from new_rows join polls_control.tenant on tenant.id = tenant_id limit 17));
    end if;
    if tg_op in ('DELETE', 'UPDATE') then
        perform polls_control.notify_tenants(array(
            select distinct name from old_rows join polls_control.tenant on tenant.id = tenant_id limit 17));
    end if;
    return null;
end $$;

create trigger notify_insert after insert on polls_control.tenant_domain
    referencing new table as new_rows for each statement execute function polls_control.domain_changed();
create trigger notify_update after update on polls_control.tenant_domain
    referencing old table as old_rows new table as new_rows for each statement
    execute function polls_control.domain_changed();
create trigger notify_delete after delete on polls_control.tenant_domain
    referencing old table as old_rows for each statement execute function polls_control.domain_changed();
