"""The whole life of one backup, as the commands live it: made, proven, verified, killed, erased against, restored.

One committed world for all tests of the module, in their order: a drill or a restore takes seconds.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import signal
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.conf import settings as django_settings
from django.core.management.base import CommandError
from django.db import IntegrityError, connections
from django.test import TransactionTestCase, override_settings
from django.utils import timezone

from backups import programs, stores
from backups.container import Reader
from backups.models import BackupRun, Certificate, Copy, PackedFile, RestoreUse
from backups.services import asking, drilling, dumping, erasures, filing, replacing, running
from backups.services.replacing import RESTORING, companion
from office import boxes
from office.approvals import api as approvals
from office.audit.models import Entry
from office.audit.sealing import seal
from office.errors import Conflict
from office.files.models import StoredFile
from office.notices.models import Notice
from orders.intake.incoming import IncomingCustomer
from orders.models import Order
from orders.services.erasure import erase_customer
from tests.backups.tools import ask, command, databases, drop, started, until, waiting_for_lock, whole_files
from tests.orders.ledger.arrange import booked
from tests.people import person

pytestmark = pytest.mark.clause("C13.8")


@dataclass
class World:
    file: Path
    key: Path
    order: Order
    run: BackupRun
    said: str
    home: Path

    @property
    def target(self) -> str:
        return f"{programs.owner().database[:36]}_back"


def keep(content: bytes) -> StoredFile:
    """An upload as it is kept."""
    sha256 = hashlib.sha256(content).hexdigest()
    place = Path(django_settings.ECDEPT_HOME) / "files" / sha256[:2] / sha256[2:4] / sha256
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    facts = {"name": "合同.txt", "family": "document", "mime": "text/plain", "size": len(content)}
    return StoredFile.objects.create(sha256=sha256, kept_at=timezone.now(), **facts)


@pytest.fixture(scope="module")
def made(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    home = tmp_path_factory.mktemp("life")
    with django_db_blocker.unblock(), override_settings(ECDEPT_HOME=home, ECDEPT_BACKUP_DIR=home / "backups"):
        for who in ("sun_admin", "qian_it", "zhou_general", "chen_manager"):
            person(who)
        order = booked()
        keep("一份合同".encode())
        booked("TB2", customer=IncomingCustomer("李四", "13900001111", "北京市海淀区1号", {}))
        seal(now=timezone.now())
        key = tmp_path_factory.mktemp("safe") / "key.txt"
        key.write_text("# of a test\n" + command("backup_keygen"))
        said = command("backup")
        run = BackupRun.objects.get(kind="database")
        copy = Copy.objects.get(run=run, role="main")
        found = World(stores.local_folder() / copy.name, key, order, run, said, home)
        yield found
        drop(*(each for each in databases() if each.startswith(found.target)))
        getattr(TransactionTestCase, "_fixture_teardown")(TransactionTestCase())  # noqa: B009 - the stubs do not know it


@pytest.fixture
def world(made: World, settings: Any) -> World:
    settings.ECDEPT_HOME, settings.ECDEPT_BACKUP_DIR = made.home, made.home / "backups"
    return made


@pytest.fixture
def no_drill(monkeypatch: pytest.MonkeyPatch) -> list[dumping.Dumped]:
    """Another drill would show nothing new. What would have been drilled."""
    given: list[dumping.Dumped] = []

    def drill(dumped: dumping.Dumped) -> drilling.Found:
        assert {*dumped.main.keys, *dumped.keys.keys} > {"dump", "manifest"}
        given.append(dumped)
        return drilling.Found()

    monkeypatch.setattr(drilling, "drill", drill)
    return given


def restored(world: World, name: str = "", file: Path | None = None, **options: Any) -> str:
    return command(
        "restore", file or world.file, **{"to": name or world.target, "key_file": world.key, **options}
    )


def test_it_is_made_and_proven(world: World) -> None:
    certificate = Certificate.objects.get()
    assert (certificate.good, certificate.words, certificate.findings) == (True, "", [])
    assert (certificate.orders, certificate.sampled) == (2, 2)
    assert (certificate.files, certificate.missing) == (1, [])
    assert PackedFile.objects.get().run.kind == "files"
    assert "RPO: " in world.said
    assert "RTO: " in world.said
    assert str(world.file) in world.said
    assert world.run.state == "done"
    assert drilling.scratch_of(programs.owner().database) not in databases()
    assert {"backups.key_made", "backups.made", "backups.drilled"} <= set(
        Entry.objects.values_list("verb", flat=True)
    )


def test_it_is_verified_with_and_without_the_key(world: World) -> None:
    assert "not opened" in command("verify_backup", world.file)
    assert "every part" in command("verify_backup", world.file, key_file=world.key)


def test_a_whole_file_that_nothing_shows_to_be_ours_is_not_restored_without_its_sum(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Renamed, so no record is of its name; sealed to our key by somebody else, so no stamp of ours."""
    forged = tmp_path / "renamed.ecbak"
    forged.write_bytes(world.file.read_bytes())
    assert "written here" in command("verify_backup", forged, key_file=world.key)
    monkeypatch.setattr(Reader, "genuine", lambda _self: False)
    assert "as recorded" in command("verify_backup", forged)
    whole = forged.read_bytes()
    body = whole[: whole.rindex(b"A\0\0")]  # without the stamp it is another file
    forged.write_bytes(body + b"E" + hashlib.sha256(body).digest())
    assert "NOT shown to be ours" in command("verify_backup", forged)
    with pytest.raises(CommandError, match="Nothing shows that"):
        command("verify_backup", forged, key_file=world.key)
    with pytest.raises(CommandError, match="Nothing shows that"):
        restored(world, file=forged, without_keys=True)
    sha256 = stores.digest_of(forged)
    assert "SHA-256 given" in command("verify_backup", forged, key_file=world.key, sha256=[sha256])
    assert world.target not in databases()


def test_the_private_key_is_nowhere_on_the_server(world: World) -> None:
    secret = world.key.read_text().splitlines()[1].encode()
    raw = boxes.key_of_text(secret.decode())
    for path in world.home.rglob("*"):
        assert not path.is_file() or not {secret, raw} & {
            each for each in (secret, raw) if each in path.read_bytes()
        }
    whole = b"".join(programs.read("pg_dump", ["--format=plain", "--inserts"], programs.owner()))
    assert b"backups_backupkey" in whole
    assert secret not in whole
    assert raw.hex().encode() not in whole


def test_nothing_of_a_customer_can_be_read_in_the_files(world: World) -> None:
    for path in (world.file, companion(world.file)):
        content = path.read_bytes()
        for canary in ("张三丰", "13812345678", "TB1001"):
            assert canary.encode() not in content


def test_a_wrong_key_a_cut_file_and_a_bad_name_change_nothing(
    world: World, tmp_path: Path, no_drill: list[dumping.Dumped]
) -> None:
    with pytest.raises(CommandError, match="--replace"):
        command("backup_keygen")
    other = tmp_path / "other.txt"
    other.write_text(command("backup_keygen", replace=True))
    for text, words in (
        (other.read_text(), "sealed to the key"),
        ("ABC", "not understood"),
        ("", "not understood"),
    ):
        other.write_text(text)
        with pytest.raises(CommandError, match=words):
            restored(world, key_file=other)
    for name in ("no-such; DROP", "postgres", "", "x" * 49):
        with pytest.raises(CommandError, match="cannot be the name"):
            command("restore", world.file, to=name, key_file=world.key)
    with pytest.raises(CommandError, match="No such file"):
        restored(world, file=tmp_path / "none.ecbak")
    with pytest.raises(CommandError, match="kind keys, not database"):
        restored(world, file=companion(world.file))
    whole = world.file.read_bytes()
    world.file.write_bytes(whole[:-1])
    with pytest.raises(CommandError, match=r"cut off|damaged"):
        restored(world)
    with pytest.raises(CommandError, match=r"cut off|damaged"):
        command("verify_backup", world.file)
    # A whole backup that somebody put in the place of the recorded one.
    command("backup")
    [drilled] = no_drill
    assert (drilled.main.keys, drilled.keys.keys) == (
        {},
        {},
    )  # in memory until the drill was over, and no longer
    copy = Copy.objects.filter(role="main").latest("pk")
    world.file.write_bytes((stores.local_folder() / copy.name).read_bytes())
    with pytest.raises(CommandError, match="not the file that was recorded"):
        command("verify_backup", world.file)
    world.file.write_bytes(whole)
    assert not [each for each in databases() if each.startswith(world.target)]


def test_a_killed_backup_leaves_nothing_that_looks_whole_and_is_tried_again(
    world: World, no_drill: list[dumping.Dumped]
) -> None:
    database, folder = programs.owner().database, stores.local_folder()
    before = whole_files(folder)
    with closing(programs.owner().connect()) as holder, holder.cursor() as cursor:
        cursor.execute("LOCK TABLE orders_order IN ACCESS EXCLUSIVE MODE")
        child = started("backup", env=dict(os.environ))
        until(lambda: waiting_for_lock(database) and list(folder.glob(".database-*.part-*")))
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    until(lambda: not waiting_for_lock(database))
    assert list(folder.glob(".database-*.part-*"))
    for left in folder.glob(".database-*.part-*"):
        with pytest.raises(CommandError):
            command("verify_backup", left)
    killed = BackupRun.objects.get(state="running")
    with pytest.raises(Conflict):
        running.ask(kind="database", by=None, now=timezone.now())
    # Nobody holds the lock any more; a minute of rest, then again.
    assert running.work(now=timezone.now()) is None
    killed.refresh_from_db()
    assert (killed.state, killed.error_code, killed.attempts) == ("waiting", "killed", 1)
    done = running.work(now=timezone.now() + dt.timedelta(minutes=3))
    assert done is not None
    assert (done.pk, done.state, done.attempts) == (killed.pk, "done", 2)
    assert not list(folder.glob(".*part*"))
    assert len([name for name in whole_files(folder) if "keys" not in name and name not in before]) == 1


def test_packing_that_is_killed_loses_nothing_and_counts_nothing_twice(world: World) -> None:
    """Killed while the pack is being written, and killed when it lies there whole and no row knows it yet."""
    folder, code = (
        stores.local_folder(),
        "from django.utils import timezone; from backups.services import running; ",
    )
    code += "running.perform(run=running.BackupRun.objects.get(kind='files', state='waiting'), now=timezone.now())"
    before = whole_files(folder)
    kept = [keep(os.urandom(200)), keep(b"\x00" * (48 << 20))]
    waiting = filing.plan(clause="C13.8", cause="command", now=timezone.now())
    assert waiting is not None
    child = started("shell", "-c", code, env=dict(os.environ))
    until(lambda: list(folder.glob(".files-*.part-*")), 120)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    assert whole_files(folder) == before
    assert running.work(now=timezone.now()) is None
    waiting.refresh_from_db()
    assert (waiting.state, waiting.error_code, waiting.attempts) == ("waiting", "killed", 1)

    with closing(programs.owner().connect()) as holder, holder.cursor() as cursor:
        cursor.execute("LOCK TABLE backups_packedfile IN EXCLUSIVE MODE")
        child = started("shell", "-c", code, env=dict(os.environ))
        until(lambda: waiting_for_lock(programs.owner().database) and whole_files(folder) != before, 120)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    until(lambda: not waiting_for_lock(programs.owner().database))
    assert running.work(now=timezone.now()) is None
    assert whole_files(folder) == before  # it was whole, but nobody would have cleared it
    assert not PackedFile.objects.filter(sha256__in=[each.sha256 for each in kept]).exists()

    done = running.work(now=timezone.now() + dt.timedelta(hours=1))
    assert done is not None
    assert (done.pk, done.state, done.attempts) == (waiting.pk, "done", 3)
    rows = PackedFile.objects.filter(run=done).values_list("sha256", flat=True)
    assert sorted(rows) == sorted(each.sha256 for each in kept)
    assert len(whole_files(folder)) == len(before) + 1
    assert not list(folder.glob(".*part*"))
    assert filing.plan(clause="C13.8", cause="command", now=timezone.now()) is None


def test_what_was_done_cannot_be_told_otherwise(world: World) -> None:
    """The database refuses, whoever asks."""
    owner = programs.owner().database
    for statement in (
        "UPDATE backups_backuprun SET state = 'failed' WHERE state = 'done'",
        "DELETE FROM backups_backuprun",
        "UPDATE backups_copy SET sha256 = ''",
        "DELETE FROM backups_copy",
        "UPDATE backups_certificate SET good = true",
        "DELETE FROM backups_certificate",
        "UPDATE backups_backupkey SET public = ''",
        "TRUNCATE backups_certificate",
    ):
        with pytest.raises(psycopg2.IntegrityError):
            ask(owner, statement)


def test_a_killed_restore_leaves_a_database_that_says_it_is_not_ready(world: World) -> None:
    name = f"{world.target}k"
    child = started("restore", world.file, "--to", name, "--key-file", world.key, env=dict(os.environ))
    fresh = name + RESTORING
    comment = f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{fresh}'"
    until(lambda: ask("postgres", comment) == [("ecdept: a restore that is not finished",)])
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    assert fresh in databases()
    assert name not in databases()
    restored(world, name)  # begins again over what the killed one left
    assert fresh not in databases()
    assert ask(name, "SELECT count(*) FROM orders_order") == [(2,)]


def test_who_was_forgotten_since_stays_forgotten(world: World, tmp_path: Path) -> None:
    """A list of erasures from before the backup does not do."""
    name = f"{world.target}f"
    old = tmp_path / "old.log"
    old.write_text(erasures.path().read_text().splitlines()[0] + "\n")
    foreign = tmp_path / "foreign.log"
    foreign.write_text(erasures.path().read_text().replace(erasures.history(), "f" * 64))
    erase_customer(order_id=world.order.pk, reason="request", by=person("chen_manager"), now=timezone.now())
    with pytest.raises(CommandError, match="older than the backup"):
        restored(world, name, erasures=old)
    with pytest.raises(CommandError, match="older than the backup"):  # the list of another installation
        restored(world, name, erasures=foreign)
    assert name not in databases()
    said = restored(world, name)
    assert "1 erasures replayed" in said
    assert "RPO: " in said
    assert name + RESTORING not in databases()
    keys = ask(name, "SELECT wrapped IS NULL, erased_reason FROM orders_customerkey ORDER BY id")
    assert keys == [(True, "request"), (False, "")]
    assert ask(name, "SELECT count(*) FROM orders_customerindex") == [(1,)]
    assert ask(name, "SELECT count(*) FROM audit_entry WHERE verb = 'backups.restored'") == [(1,)]
    assert ask(name, "SELECT count(*) FROM orders_order") == [(2,)]


def readable(world: World) -> None:
    """Whether or not an earlier test of this file ran in this worker, something readable has the name."""
    if world.target not in databases():
        restored(world)


def test_a_readable_database_is_overwritten_once_and_only_as_was_agreed(world: World) -> None:
    readable(world)
    with pytest.raises(CommandError, match="can still be read"):
        restored(world)
    with pytest.raises(CommandError, match="Nobody has permitted"):
        restored(world, force=True)
    now = timezone.now()
    run = asking.ask_restore(
        run_id=world.run.pk, database=world.target, reason="试恢复", by=person("sun_admin"), now=now
    )
    with pytest.raises(CommandError, match="Nobody has permitted"):
        restored(world, force=True)
    with pytest.raises(IntegrityError):
        RestoreUse(run=run, database=world.target, file="x", at=now).save()
    connections.close_all()
    approvals.approve(run_id=run.pk, by=person("zhou_general"), now=now + dt.timedelta(seconds=1))
    run.refresh_from_db()
    assert run.state == "executed"
    said = restored(world, force=True)
    assert f"is {world.target}_before_" in said
    assert RestoreUse.objects.get().run_id == run.pk
    with pytest.raises(CommandError, match="Nobody has permitted"):  # it was for once
        restored(world, force=True)


def test_where_the_database_in_use_was_overwritten_its_use_lies_in_the_one_kept_beside(world: World) -> None:
    readable(world)
    now = timezone.now()
    run = asking.ask_restore(
        run_id=world.run.pk, database=world.target, reason="再试", by=person("sun_admin"), now=now
    )
    approvals.approve(run_id=run.pk, by=person("zhou_general"), now=now + dt.timedelta(seconds=1))
    replacing._used(programs.owner(), run, replacing.Asked(world.file, world.target), timezone.now())
    with pytest.raises(CommandError, match="Nobody has permitted"):
        restored(world, force=True)


def test_without_the_keys_the_orders_stand_and_nobody_can_be_read(world: World, tmp_path: Path) -> None:
    """After the days that keys are kept. No list of erasures is needed: nobody comes back."""
    companion(world.file).rename(tmp_path / "elsewhere")
    name = world.target + "2"
    with pytest.raises(CommandError, match="are not beside it"):
        restored(world, name)
    restored(world, name, without_keys=True)
    assert ask(name, "SELECT DISTINCT wrapped IS NULL FROM orders_customerkey") == [(True,)]
    assert ask(name, "SELECT count(*) FROM orders_order") == [(2,)]


def test_a_ledger_that_was_changed_under_its_triggers_is_not_proven(world: World) -> None:
    """By whoever owns the tables: the file is whole, its counts fit, and the drill finds it."""
    owner = programs.owner().database
    change = (
        "ALTER TABLE orders_order {0} TRIGGER USER; UPDATE orders_order SET paid = {1} WHERE id = "
        + str(world.order.pk)
    )
    ask(owner, change.format("DISABLE", "paid + 1") + "; ALTER TABLE orders_order ENABLE TRIGGER USER")
    try:
        with pytest.raises(CommandError, match=rf"could not prove it: order .*{world.order.number}"):
            command("backup")
    finally:
        ask(owner, change.format("DISABLE", "paid - 1") + "; ALTER TABLE orders_order ENABLE TRIGGER USER")
    certificate = Certificate.objects.latest("pk")
    assert (certificate.good, len(certificate.findings)) == (False, 1)
    assert certificate.run.state == "done"
    assert Notice.objects.filter(kind="backups.drill_failed", recipient=person("zhou_general")).exists()
