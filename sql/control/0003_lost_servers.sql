-- A server that will not come back: what was on it can be forgotten without it.
alter table polls_control.server
    drop constraint server_state_check,
    add constraint server_state_check check (state in ('adding', 'active', 'draining', 'lost'));
