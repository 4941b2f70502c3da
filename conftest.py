"""Test databases: migrated once as the owner into a template, cloned per worker, used as the application login.

Transactional tests are cleaned as the administrator under `session_replication_role = replica`, because neither the
application nor the owner may TRUNCATE the ledger.
"""

from __future__ import annotations

import gc
import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import psycopg2
import pytest
from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as properties

# How fast a shared machine draws examples says nothing about them.
properties.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
properties.load_profile("house")

BASE = Path(__file__).resolve().parent
#: Tables that keep their rows between transactional tests.
REFERENCE_TABLES = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "audit_indexkey",
    "rulebook_version",
    "cms_wordlist",
    "cms_wordlistversion",
}


def pytest_configure() -> None:
    """Workers share the broker but not a cache: rate limits of one are not for the other. Passwords are hashed the same
    way and cheaply: no test counts on the fifty milliseconds that guessing one shall cost.
    """
    from django.contrib.auth.hashers import Argon2PasswordHasher

    from office import crypto

    gc.disable()  # what is imported and collected stays: see below
    settings.CACHES["default"]["KEY_PREFIX"] = f"ecdept-test-{os.getpid()}"
    Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost = 1, 1024
    crypto.INDEX_KEYS_TRUSTED = 3600.0  # no test counts the query that asks again


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: the collector need not walk through it a hundred times. What a
    test leaves in cycles is looked for as rarely as the web server does."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)  # as ecdept.webserver
    gc.enable()


def _admin_dsn(database: str) -> dict[str, Any]:
    import environ

    parts = environ.Env.db_url_config(os.environ["DATABASE_ADMIN_URL"])
    return {
        "dbname": database,
        "user": parts["USER"],
        "password": parts["PASSWORD"],
        "host": unquote(parts["HOST"]),
        "port": parts["PORT"] or None,
    }


def _admin(database: str, *statements: str) -> list[tuple[Any, ...]]:
    connection = psycopg2.connect(**_admin_dsn(database))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def _fingerprint() -> str:
    """Changes with any migration, model or book: a stale template is never reused."""
    digest = hashlib.sha256(str(settings.DATABASES["default"]["NAME"]).encode())
    for pattern in (
        "*/migrations/*.py",
        "*/*/migrations/*.py",
        "office/rulebook/books/*.toml",
        "office/audit/law*.py",
    ):
        for path in sorted(BASE.glob(pattern)):
            if ".venv" not in path.parts:
                digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _make_template(name: str) -> None:
    create = (
        f"CREATE DATABASE \"{name}\" OWNER ecdept_owner TEMPLATE template0 ENCODING 'UTF8' "
        "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    building = f"{name}_building"
    _admin(
        "postgres", f'DROP DATABASE IF EXISTS "{building}" WITH (FORCE)', create.replace(name, building, 1)
    )
    env = dict(os.environ)
    for key in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        env[key] = env[key].rsplit("/", 1)[0] + f"/{building}"
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v0"],
        cwd=BASE,
        env={**env, "ECDEPT_DB_ROLE": "owner"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"migrate failed for the test template:\n{done.stdout}\n{done.stderr}")
    _admin("postgres", f'ALTER DATABASE "{building}" RENAME TO "{name}"')


@contextmanager
def _template() -> Iterator[tuple[str, Any]]:
    """The template's name and an administrator's cursor: one process builds it, the others wait and find it built."""
    template = f"ecdept_template_{_fingerprint()}"
    connection = psycopg2.connect(**_admin_dsn("postgres"))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(7231)")
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template])
            if cursor.fetchone() is None:
                _make_template(template)
            yield template, cursor
    finally:
        connection.close()  # and with it the lock


@contextmanager
def _built_meanwhile() -> Iterator[None]:
    """The process that only hands out the tests builds while its workers collect: later all would wait for one."""

    def build() -> None:
        with _template():
            pass

    builder = threading.Thread(target=build)
    builder.start()
    yield
    builder.join()


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    hands_out = session.config.pluginmanager.hasplugin("dsession")
    with _built_meanwhile() if hands_out else nullcontext():
        return (yield)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any, worker_id: str) -> Iterator[None]:
    """One database per worker, cloned from the template."""
    database = f"test_{settings.DATABASES['default']['NAME']}_{worker_id}"[:60]
    with _template() as (template, cursor):
        cursor.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{database}" OWNER ecdept_owner TEMPLATE "{template}"')
        # A copy does not take over what was granted on the database itself.
        cursor.execute(f'REVOKE TEMPORARY ON DATABASE "{database}" FROM PUBLIC')
    settings.DATABASES["default"]["NAME"] = database
    connections["default"].close()
    connections["default"].settings_dict["NAME"] = database
    os.environ["DATABASE_URL"] = os.environ["DATABASE_URL"].rsplit("/", 1)[0] + f"/{database}"
    os.environ["DATABASE_OWNER_URL"] = os.environ["DATABASE_OWNER_URL"].rsplit("/", 1)[0] + f"/{database}"
    _books.update(_admin(database, "SELECT id, effective::text FROM rulebook_version"))
    yield
    with django_db_blocker.unblock():
        connections["default"].close()
    left = _left_behind(database)
    _admin("postgres", f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
    assert not left, f"tests left rows behind, which later tests of the same worker saw: {left}"


def _left_behind(database: str) -> dict[str, int]:
    """Rows that are neither the template's nor rolled back nor flushed, by table."""
    tables = _admin(
        database,
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL"
        f" (ARRAY{sorted(REFERENCE_TABLES | {'audit_entry'})}::text[])",
    )
    counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM \"{name}\"" for (name,) in tables)
    entries = "SELECT 'audit_entry', count(*) FROM audit_entry WHERE verb NOT LIKE 'rulebook.%'"
    return {name: count for name, count in _admin(database, f"{counts} UNION ALL {entries}") if count}


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """xdist's worker name; "p<pid>" without xdist, so that two runs do not share a database."""
    return f"{getattr(request.config, 'workerinput', {}).get('workerid', '')}p{os.getpid()}"


#: Only what has rows is emptied: truncating every table makes a thousand files anew, a second for a test. What is small
#: is deleted, which makes none; the keys (and every other trigger) sleep, so the order does not matter.
_EMPTY = """
DO $$
DECLARE found record; filled boolean; numbers regclass;
BEGIN
    FOR found IN
        SELECT c.oid::regclass AS name, c.relkind FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND c.relname <> ALL ({kept})
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', found.name) INTO filled;
        CONTINUE WHEN NOT filled;
        IF found.relkind = 'r' AND pg_relation_size(found.name) > 1000000 THEN
            EXECUTE format('TRUNCATE %s CASCADE', found.name);
        ELSE
            EXECUTE format('DELETE FROM %s', found.name);
        END IF;
        FOR numbers IN
            SELECT d.objid::regclass FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
            WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = found.name AND d.deptype IN ('a', 'i')
        LOOP
            PERFORM setval(numbers, 1, false);
        END LOOP;
    END LOOP;
END $$
"""


#: The texts of the rulebook that the template has, and when they are in force: no other one outlives its test, and none
#: that a test ended stays so.
_books: dict[int, str] = {}


def _flush(self: TransactionTestCase) -> None:
    """Empty every table as the administrator, the law triggers asleep for this one session."""
    for connection in connections.all(initialized_only=True):
        connection.close()
    kept = f"ARRAY{sorted(REFERENCE_TABLES)}::text[]"
    _admin(
        str(settings.DATABASES["default"]["NAME"]),
        "SET session_replication_role = replica",
        _EMPTY.format(kept=kept),
        f"DELETE FROM rulebook_version WHERE id <> ALL (ARRAY{sorted(_books)}::bigint[])",
        *(f"UPDATE rulebook_version SET effective = '{when}' WHERE id = {pk}" for pk, when in _books.items()),
    )


setattr(TransactionTestCase, "_fixture_teardown", _flush)  # noqa: B010 - the stubs do not know it


@pytest.fixture(autouse=True)
def _no_incident_stays(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An incident commits through a connection of its own (audit.incident): no rollback of a test reaches it.

    Left in a worker's database it is something that has happened, in every later test's trail.
    """
    own: list[object] = []
    create = connections.create_connection

    def noted(alias: str) -> Any:
        own.append(alias)
        return create(alias)

    monkeypatch.setattr(connections, "create_connection", noted)
    yield
    database = str(settings.DATABASES["default"]["NAME"])
    if own and database.startswith("test_"):
        _admin(
            database,
            "SET session_replication_role = replica",
            "DELETE FROM audit_incident",
            "DELETE FROM audit_entry WHERE verb = 'audit.incident'",
        )


@pytest.fixture(autouse=True)
def _no_request_language() -> Iterator[None]:
    """A language activated by one test does not leak into the next."""
    from django.utils import translation

    translation.activate(settings.LANGUAGE_CODE)
    yield
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(scope="session", autouse=True)
def _files_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Kept files of tests lie in a folder that is thrown away."""
    settings.FILES_ROOT = tmp_path_factory.mktemp("files")


@pytest.fixture(autouse=True)
def _fresh_rulebook(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What one test activated and rolled back is remembered neither in the next nor in what a module makes before it.
    Within a test nothing is read again by the second hand: on a slow machine the same page would now and then ask one
    query more.
    """
    from office.rulebook import selectors

    monkeypatch.setattr(selectors, "MEMORY", 3600)
    selectors.forget()
    yield
    selectors.forget()
