#!/bin/sh
# Run once, when the volume is empty: an ordinary role, and the database that it owns.
set -eu
psql --no-psqlrc --set ON_ERROR_STOP=1 --set "password=$DATABASE_PASSWORD" --username "$POSTGRES_USER" postgres <<'SQL'
CREATE ROLE clientele LOGIN PASSWORD :'password';
CREATE DATABASE clientele OWNER clientele TEMPLATE template0 ENCODING 'UTF8'
    LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C';
SQL
