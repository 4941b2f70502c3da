"""What goes wrong seldom: each has its sentence, and nothing half done stays."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Timer
from typing import Any

import psycopg2
import pytest
from django.db import transaction
from django.utils import timezone
from psycopg2 import sql

from backups import hooks, programs, stores
from backups.container import Broken, Reader
from backups.errors import Failed
from backups.models import BackupRun, Certificate, Copy
from backups.services import (
    asking,
    books,
    drilling,
    dumping,
    erasures,
    proving,
    replacing,
    restoring,
    running,
    storing,
)
from backups.services.dumping import Dumped
from conftest import _admin_dsn
from office import boxes
from office.approvals import api as approvals
from office.errors import NotFound
from office.notices.models import Notice
from orders.services.record import back_up_orders
from tests.backups.rows import DAY, NOW, done, key, proven
from tests.orders.ledger.arrange import booked
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def owners() -> Iterator[Any]:
    """A cursor of the owner whose transaction is given up."""
    with closing(programs.owner().connect()) as connection, connection.cursor() as cursor:
        yield cursor


def test_without_a_key_a_run_waits_and_says_so() -> None:
    for kind in ("database", "orders"):
        run = BackupRun.objects.create(kind=kind, cause="asked", clause="", asked_at=NOW, next_at=NOW)
        running.perform(run=run, now=NOW)
        assert (run.state, run.error_code) == ("waiting", "no_key")


def test_an_orders_backup_without_its_record_is_none() -> None:
    key()
    run = BackupRun.objects.create(kind="orders", cause="asked", clause="", asked_at=NOW, next_at=NOW)
    with pytest.raises(Failed):
        books.write(run, folder=stores.local_folder(), to=[], now=NOW)


def test_where_a_store_is_set_a_copy_waits_for_it(settings: Any) -> None:
    key()
    settings.ECDEPT_BACKUP_S3 = "s3://safe/ecdept"
    back_up_orders(by=None, now=NOW + 8 * DAY)
    run = running.ask(kind="orders", by=None, now=NOW + 8 * DAY)
    running.perform(run=run, now=NOW + 8 * DAY)
    assert {each.place: each.stored_at is None for each in Copy.objects.all()} == {
        "local": False,
        "offsite": True,
    }


def test_what_fails_after_a_backup_is_made_does_not_unmake_it() -> None:
    run = done(NOW)
    running._failed(run, ValueError("no"), NOW)
    run.refresh_from_db()
    assert run.state == "done"


def test_a_drill_that_was_killed_counts_as_failed() -> None:
    person("sun_admin")
    run = done(NOW)
    proven(done(NOW - DAY))
    running.work(now=NOW)
    assert Certificate.objects.get(run=run).good is False
    assert Notice.objects.filter(kind="backups.drill_failed").count() == 1
    running.work(now=NOW)
    assert Certificate.objects.count() == 2


def test_a_drill_answers_whatever_goes_wrong(monkeypatch: pytest.MonkeyPatch, stored: Dumped) -> None:
    def administering(_login: object) -> None:
        raise ValueError("something new")

    monkeypatch.setattr(programs, "administering", administering)
    assert drilling.drill(stored).words == "ValueError: something new"
    with pytest.raises(Broken, match="not the file that was written"):
        drilling._opened(stored.main.path, "0" * 64, stored.main.keys)


def test_a_permission_counts_for_its_database_and_file_only(stored: Dumped) -> None:
    run = done(NOW)
    for who in ("sun_admin", "zhou_general"):
        person(who)
    asked = asking.ask_restore(
        run_id=run.pk, database="training", reason="x", by=person("sun_admin"), now=NOW
    )
    approvals.approve(run_id=asked.pk, by=person("zhou_general"), now=NOW + DAY)
    for name, sha256 in (("other", "0" * 64), ("training", "1" * 64)):
        with pytest.raises(Failed, match="Nobody has permitted"):
            replacing._permission(replacing.Asked(stored.main.path, name, force=True), sha256, NOW + DAY)
    wanted = replacing.Asked(stored.main.path, "training", force=True)
    assert replacing._permission(wanted, "0" * 64, NOW + DAY).pk == asked.pk
    with pytest.raises(Failed, match="Nobody has permitted"):
        replacing._permission(wanted, "0" * 64, NOW + 9 * DAY)


def test_a_backup_that_is_not_there_is_not_asked_for() -> None:
    with pytest.raises(NotFound):
        asking.ask_restore(run_id=987654, database="x", reason="x", by=person("sun_admin"), now=NOW)


def test_two_do_not_ask_for_one_proof(owners: Any) -> None:
    owners.execute("SELECT pg_advisory_xact_lock(hashtext('backups.proof'))")
    assert proving.open_proof(now=NOW) is None


def test_a_second_failure_to_send_is_not_told_again(settings: Any) -> None:
    person("sun_admin")
    settings.ECDEPT_BACKUP_S3 = "s3://safe/ecdept?endpoint=http://127.0.0.1:9"
    run = done(NOW, files=False)
    Copy.objects.filter(run=run, role="keys").update(removed_at=NOW)
    Copy.objects.create(
        run=run, role="main", place="offsite", name="gone.ecbak", size=1, sha256="", next_at=NOW, attempts=1
    )
    storing.send(now=NOW)
    assert Copy.objects.get(place="offsite").attempts == 2
    assert not Notice.objects.filter(kind="backups.not_sent").exists()


def test_a_known_file_stays_whatever_its_date_and_without_a_store_nothing_is_deleted_there() -> None:
    import os

    run = done(NOW)
    keys_file = stores.local_folder() / Copy.objects.get(run=run, role="keys").name
    os.utime(keys_file, (0, 0))
    old = done(NOW - 40 * DAY)
    far = Copy.objects.create(
        run=old, role="keys", place="offsite", name="k", size=1, sha256="", stored_at=NOW, seen_at=NOW
    )
    storing.clear(now=NOW)
    assert keys_file.exists()
    far.refresh_from_db()
    assert far.removed_at is None


def test_a_list_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="cannot be read"):
        erasures.read(tmp_path, "h")


def test_erasing_again_forgets_who_is_here_and_not_yet_forgotten() -> None:
    order = booked()
    listed = [
        hooks.Erasure("customer", order.customer_key_id, NOW, "request"),
        hooks.Erasure("customer", 987654, NOW, "request"),
        hooks.Erasure("unknown", 1, NOW),
    ]
    assert erasures.again(listed, now=NOW) == 1
    assert erasures.again(listed, now=NOW) == 0


def test_rows_that_cannot_be_read_stop_the_dump(owners: Any) -> None:
    with pytest.raises(Failed, match="could not be read"):
        list(dumping._copied(owners.connection, sql.SQL("SELECT no_such_column").format()))


def test_what_fails_beside_the_dump_fails_it(owners: Any) -> None:
    owners.connection.set_session(isolation_level="REPEATABLE READ")
    owners.execute("SELECT pg_export_snapshot()")
    snapshot = owners.fetchone()[0]
    for error in (Failed("no"), ValueError("no")):

        def fail(_connection: object, error: Exception = error) -> None:
            raise error

        with pytest.raises(Failed, match="no"):
            dumping._Beside(programs.owner(), snapshot, fail).result()


_WHOLE = b"PGCOPY\n\xff\r\n\0" + struct.pack(">iih", 0, 0, -1)


def _then(*pieces: bytes) -> Iterator[bytes]:
    yield from pieces
    raise Broken("cut off")


@pytest.mark.parametrize(
    ("pieces", "error"),
    [
        (iter([b"x" * 300_000] * 20), Failed),
        (_then(b"PGCOPY"), Broken),
        (_then(_WHOLE), Broken),
    ],
)
def test_rows_that_do_not_go_back_stop_the_restore(owners: Any, pieces: Iterator[bytes], error: type) -> None:
    with pytest.raises(error):
        restoring._copy_in(owners, "django_session", ["session_key"], pieces)


def test_a_database_that_cannot_be_looked_at_is_not_verified() -> None:
    with pytest.raises(Failed, match="could not be looked at"):
        restoring.look_inside(login=programs.owner(), arguments=["--no-such"])


# ---- restoring as a database ----


def test_a_backup_of_a_newer_release_is_refused() -> None:
    with pytest.raises(Failed, match="newer release"):
        replacing.check_release({"migrations": {"orders": "9999_future", "gone_app": "0001_x"}})


def test_two_restores_of_one_database_do_not_go_on(stored: Dumped) -> None:
    with (
        programs.administering(programs.owner()) as one,
        programs.administering(programs.owner()) as two,
        replacing._only_one(one, "x"),
        pytest.raises(Failed, match="Another restore"),
        replacing._only_one(two, "x"),
    ):
        pass


def test_a_backup_that_does_not_verify_leaves_nothing(
    stored: Dumped, pair: boxes.Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "fill", lambda **_more: None)
    monkeypatch.setattr(
        restoring, "wrong_counts", lambda **_more: (1, ["table a: 1 rows, 2 in the backup", "b"])
    )
    name = f"{programs.owner().database[:36]}_wrong"
    asked = replacing.Asked(stored.main.path, name, without_keys=True)
    with pytest.raises(Failed, match=r"table a.*and 1 more"):
        replacing.restore(asked, private=pair.private, now=NOW)
    with programs.administering(programs.owner()) as cursor:
        assert not {each for each in programs.databases(cursor) if each.startswith(name)}


class Cursor:
    """Notes what would be done to databases."""

    def __init__(self, fails_at: int = 0, error: type[Exception] = psycopg2.errors.ObjectInUse) -> None:
        """Fails at the so-manieth change of a name."""
        self.said: list[str] = []
        self._fails_at, self._error = fails_at, error

    def execute(self, statement: Any, _values: object = None) -> None:
        self.said.append(statement if isinstance(statement, str) else repr(statement))
        names = [each for each in self.said if "RENAME" in each]
        if "RENAME" in self.said[-1] and len(names) == self._fails_at:
            raise self._error


@pytest.fixture
def no_closing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Connections:
        def close_all(self) -> None:
            """The test's own stays."""

    monkeypatch.setattr(replacing, "connections", Connections())


@pytest.mark.usefixtures("no_closing")
def test_the_database_in_use_is_kept_beside_and_its_seals_set_aside(settings: Any, stored: Dumped) -> None:
    login = programs.owner()
    log = Path(settings.ECDEPT_HOME) / "seals.log"
    asked = replacing.Asked(stored.main.path, login.database, force=True)
    kept, aside = replacing._open(Cursor(), login, asked, "readable", None, NOW)
    assert (kept.startswith(f"{login.database}_before_"), aside) == (True, "")
    log.write_text("{}\n")
    cursor = Cursor()
    _kept, aside = replacing._open(cursor, login, asked, "new", None, NOW)
    assert Path(aside).read_text() == "{}\n"
    assert not log.exists()
    assert len([each for each in cursor.said if "RENAME" in each]) == 2
    cursor = Cursor()
    assert replacing._open(cursor, login, asked, "empty", None, NOW)[0] == ""
    assert any("DROP DATABASE" in each for each in cursor.said)


@pytest.mark.parametrize(
    ("place", "error", "seen"),
    [(1, psycopg2.errors.ObjectInUse, Failed), (2, psycopg2.OperationalError, psycopg2.OperationalError)],
)
def test_both_names_change_or_none_and_a_failed_try_uses_no_permission_up(
    stored: Dumped, place: int, error: type[Exception], seen: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    uses: list[bool] = []
    monkeypatch.setattr(replacing, "RestoreUse", lambda **_facts: Use(uses))
    asked = replacing.Asked(stored.main.path, "some_other", force=True)
    cursor, run = Cursor(place, error), approvals.Run(pk=1)
    with pytest.raises(seen):
        replacing._open(cursor, programs.owner(), asked, "readable", run, NOW)
    assert (cursor.said[0], cursor.said[-1]) == ("BEGIN", "ROLLBACK")
    assert "COMMIT" not in cursor.said
    assert uses == [True]  # inside the transaction that was rolled back


class Use:
    """Notes that it was saved, and whether inside a transaction."""

    def __init__(self, uses: list[bool]) -> None:
        self._uses = uses

    def save(self) -> None:
        self._uses.append(transaction.get_connection().in_atomic_block)


def test_a_database_that_does_not_answer_counts_as_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "databases", lambda _cursor: {"broken"})
    assert replacing._state(None, programs.owner().at("broken")) == "readable"


def test_a_database_behind_the_backup_does_not_vouch_for_the_list(stored: Dumped) -> None:
    manifest = Reader(stored.main.path).manifest
    asked = replacing.Asked(stored.main.path, "x")
    last = manifest["ledger"]["entry"]
    with pytest.raises(Failed, match="older than the backup"):
        replacing.listed_of(asked, {**manifest, "ledger": {"entry": last + 100_000_000}}, timezone.now())
    assert replacing.listed_of(asked, manifest, timezone.now()) == erasures.path()
    nowhere = replacing.Asked(stored.main.path, "x", listed=stored.main.path.with_name("nowhere.log"))
    with pytest.raises(Failed, match=r"no file .*nowhere\.log"):
        replacing.listed_of(nowhere, manifest, timezone.now())


def test_the_stored_dump_is_of_one_history(stored: Dumped) -> None:
    assert Reader(stored.main.path).manifest["history"] == erasures.history()


def test_a_database_goes_though_the_server_itself_is_at_work_in_it() -> None:
    """PostgreSQL's vacuum is a superuser's, whom the owner may not end: it is waited for."""
    login, name = programs.owner(), "ecdept_vacuumed"
    with programs.administering(login) as cursor:
        programs.drop_database(cursor, name)
        programs.create_database(cursor, name, login.user)
        superuser = psycopg2.connect(**_admin_dsn(name))
        leaving = Timer(0.3, superuser.close)
        leaving.start()
        programs.drop_database(cursor, name)
        leaving.join()
        assert name not in programs.databases(cursor)
