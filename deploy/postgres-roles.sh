#!/bin/sh
# Runs once, when the database volume is new: the role the application works as. It owns nothing
# and passes by no row-level policy; the migration grants what it needs.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$VISHENKA_APP_PASSWORD" \
  --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE vishenka_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
  NOINHERIT PASSWORD :'password';
SQL
