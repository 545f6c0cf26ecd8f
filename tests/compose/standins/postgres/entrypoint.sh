#!/bin/sh
# Makes the database on the first start, on a server that listens to nobody outside, then runs it: as postgres:18 does.
set -eu
bin=$(dirname "$(readlink -f /usr/local/bin/initdb)")
as_postgres() { setpriv --reuid postgres --regid postgres --init-groups "$@"; }
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    install -d -o postgres -g postgres -m 0700 "$PGDATA"
    echo "$POSTGRES_PASSWORD" >/tmp/password && chmod 0644 /tmp/password
    as_postgres "$bin/initdb" --username="$POSTGRES_USER" --pwfile=/tmp/password --auth-host=scram-sha-256 "$PGDATA"
    rm /tmp/password
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    as_postgres "$bin/pg_ctl" -D "$PGDATA" -w -o "-c listen_addresses=''" start
    [ "$POSTGRES_DB" = postgres ] || as_postgres "$bin/createdb" --username="$POSTGRES_USER" "$POSTGRES_DB"
    sleep 3 # what other initialisation takes, while whoever asks by its socket would already be answered
    as_postgres "$bin/pg_ctl" -D "$PGDATA" -m fast -w stop
fi
exec setpriv --reuid postgres --regid postgres --init-groups "$bin/postgres" -c listen_addresses='*'
