#!/bin/sh
# Run once by PostgreSQL's image, when it makes its database: the role that serves, which `grant-roles` bounds.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\set password `cat /run/secrets/web_password`
CREATE ROLE pole_sud_web LOGIN PASSWORD :'password';
SQL
