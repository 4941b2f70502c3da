#!/bin/sh
# Runs once, when the official PostgreSQL image makes its data folder: two logins and the database.
# The owner migrates; the application owns nothing and cannot change an order (docs/operations.md).
set -eu
psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 --quiet \
    --set owner_password="$DATABASE_OWNER_PASSWORD" --set app_password="$DATABASE_APP_PASSWORD" <<'SQL'
CREATE ROLE ecdept_owner LOGIN NOSUPERUSER CREATEDB PASSWORD :'owner_password';
CREATE ROLE ecdept_app LOGIN NOSUPERUSER NOCREATEDB PASSWORD :'app_password';
CREATE DATABASE ecdept OWNER ecdept_owner TEMPLATE template0 ENCODING 'UTF8'
    LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C';
REVOKE TEMPORARY ON DATABASE ecdept FROM PUBLIC;
SQL
