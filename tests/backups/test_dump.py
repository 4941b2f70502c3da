"""A dump of one snapshot: its counts are the dump's, keys lie apart, and whatever breaks leaves no file."""

from __future__ import annotations

import os
import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from backups import hooks, programs
from backups.container import Reader, Recipient
from backups.errors import Failed
from backups.services import dumping, replacing, restoring
from backups.services.dumping import Dumped
from tests.backups.tools import ask, drop, until, waiting_for_lock, whole_files

pytestmark = pytest.mark.usefixtures("stored")


def dump(folder: Path, recipient: Recipient) -> Dumped:
    return dumping.dump_database(folder=folder, to=[recipient], clause="C13.8", book="site #1", erasures=0)


def test_the_manifest_says_what_is_inside(stored: Dumped) -> None:
    manifest = Reader(stored.main.path).manifest
    assert manifest["kind"] == "database"
    assert manifest["clause"] == "C13.8"
    assert manifest["counts"]["orders_order"] == 0
    assert manifest["counts"]["django_migrations"] > 100
    assert manifest["migrations"]["backups"] >= "0002_law"
    assert manifest["ledger"] == {"seal": None, "entry": manifest["ledger"]["entry"]}
    assert manifest["server"].startswith("18")
    assert next(each["name"] for each in manifest["parts"]) == "dump"


def test_rows_that_lie_apart_are_only_in_the_second_file(stored: Dumped) -> None:
    main, keys = Reader(stored.main.path), Reader(stored.keys.path)
    assert main.id == keys.id
    kept = {each.table for each in hooks.apart() if each.kept}
    assert {name for name in keys.parts if name != "manifest"} == {f"rows/{table}" for table in kept}
    assert "orders_customerkey" in kept
    assert "django_session" not in kept
    assert "empty/orders_customerkey" in main.parts
    assert "empty/orders_customerindex" not in main.parts


def test_every_key_that_can_be_erased_lies_apart() -> None:
    """A new table with a wrapped key that may be null, so may be erased, must be told to the backups."""
    columns = ask(
        programs.owner().database,
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND is_nullable = 'YES'"
        " AND column_name IN ('wrapped', 'wrapped_key')",
    )
    assert {row[0] for row in columns} <= {each.table for each in hooks.apart()}


@pytest.fixture
def locked() -> Iterator[None]:
    """Somebody holds a table, so pg_dump waits in the middle of its work."""
    with closing(programs.owner().connect()) as connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLE orders_order IN ACCESS EXCLUSIVE MODE")
        yield
        connection.rollback()


def test_a_killed_pg_dump_leaves_no_file(locked: None, tmp_path: Path, recipient: Recipient) -> None:
    found: list[BaseException] = []

    def work() -> None:
        try:
            dump(tmp_path, recipient)
        except Failed as error:
            found.append(error)

    thread = threading.Thread(target=work)
    thread.start()

    def dumping_now() -> list[psutil.Process]:
        return [each for each in psutil.Process().children() if each.name() == "pg_dump"]

    until(lambda: dumping_now() and waiting_for_lock(programs.owner().database))
    for each in dumping_now():
        os.kill(each.pid, signal.SIGKILL)
    # The counts wait for the table too: whoever holds it lets go.
    for pid in ask("postgres", "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
        ask("postgres", f"SELECT pg_cancel_backend({pid[0]})")
    thread.join(30)
    assert [str(each) for each in found] == ["pg_dump was ended by signal SIGKILL."]
    assert os.listdir(tmp_path) == []


def test_a_full_disk_leaves_no_file(tmp_path: Path, recipient: Recipient) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            dump(tmp_path, recipient)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert whole_files(tmp_path) == []
    assert os.listdir(tmp_path) == []


def test_without_pg_dump_it_says_what_to_install(
    tmp_path: Path, recipient: Recipient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Failed, match="install PostgreSQL's client programs"):
        dump(tmp_path, recipient)


def test_without_the_owner_login_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_OWNER_URL")
    with pytest.raises(Failed, match="DATABASE_OWNER_URL is not set"):
        programs.owner()


def test_a_server_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Failed, match="no_such does not answer"):
        programs.owner().at("no_such").connect()


def test_the_password_is_in_no_argument(stored: Dumped) -> None:
    login = programs.owner()
    assert login.environment["PGPASSWORD"] == login.password
    assert login.password not in " ".join(dumping._arguments("x", hooks.apart()))


def test_a_dump_without_its_keys_restores_with_everybody_forgotten(stored: Dumped) -> None:
    login = programs.owner()
    name = f"{login.database[:40]}_bare"
    drop(name)
    with programs.administering(login) as cursor:
        programs.create_database(cursor, name, login.user)
    try:
        main = restoring.Opened(Reader(stored.main.path), stored.main.keys)
        restoring.fill(login=login.at(name), main=main, keys=None)
        tables, findings = restoring.wrong_counts(login=login.at(name), main=main, with_keys=False)
        assert (tables > 150, findings) == (True, [])
        ask(name, "CREATE TABLE audit_extra AS SELECT 1 AS a; ALTER TABLE django_migrations RENAME TO gone")
        ask(name, "DELETE FROM auth_permission WHERE id = (SELECT max(id) FROM auth_permission)")
        _tables, findings = restoring.wrong_counts(login=login.at(name), main=main, with_keys=False)
        count = main.reader.manifest["counts"]["auth_permission"]
        assert findings == [
            "table django_migrations: it is missing",
            f"table auth_permission: {count - 1} rows, {count} in the backup",
        ]
        triggers = ask(name, "SELECT count(*) FROM pg_trigger WHERE tgname = 'law_insert_only'")
        assert triggers[0][0] > 20
        grants = ask(
            name,
            "SELECT string_agg(privilege_type, ' ' ORDER BY 1) FROM information_schema.role_table_grants"
            " WHERE table_name = 'orders_order' AND grantee = 'ecdept_app'",
        )
        assert grants == [("INSERT SELECT",)]
    finally:
        drop(name)


def test_an_installation_without_people_is_an_empty_place() -> None:
    login = programs.owner()
    name = f"{login.database[:40]}_new"
    drop(name)
    with programs.administering(login) as cursor:
        assert replacing._state(cursor, login.at(name)) == "absent"
        programs.create_database(cursor, name, login.user)
        try:
            assert replacing._state(cursor, login.at(name)) == "empty"
            ask(name, "CREATE TABLE staff_employee (id int)")
            assert replacing._state(cursor, login.at(name)) == "empty"
            ask(name, "INSERT INTO staff_employee VALUES (1)")
            assert replacing._state(cursor, login.at(name)) == "readable"
            ask(name, "DROP TABLE staff_employee; CREATE VIEW something AS SELECT 1")
            assert replacing._state(cursor, login.at(name)) == "readable"
        finally:
            programs.drop_database(cursor, name)


def test_keys_of_another_backup_are_refused(stored: Dumped, recipient: Recipient, tmp_path: Path) -> None:
    other = dump(tmp_path, recipient)
    with pytest.raises(Failed, match="belongs to another backup"):
        restoring.fill(
            login=programs.owner(),
            main=restoring.Opened(Reader(stored.main.path), stored.main.keys),
            keys=restoring.Opened(Reader(other.keys.path), other.keys.keys),
        )
