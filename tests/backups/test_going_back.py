"""The way back from an upgrade: sealed, not kept for ever, and whoever was forgotten since stays forgotten."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError
from django.db import DatabaseError
from django.test import TransactionTestCase, override_settings
from django.utils import timezone

from backups import programs
from backups.container import Reader
from backups.models import BackupKey
from backups.services import drilling, erasures, running, storing, upgrading
from backups.services.drilling import Found
from backups.services.replacing import RESTORING, companion
from ecdept.embedded import prepare
from ecdept.embedded.home import CannotRun
from office.audit.models import Entry
from office.audit.sealing import seal
from orders.intake.incoming import IncomingCustomer
from orders.models import Order
from orders.services.erasure import erase_customer
from tests.backups.rows import DAY, NOW
from tests.backups.tools import ask, command, databases, drop, started, until, waiting_for_lock
from tests.orders.ledger.arrange import booked
from tests.people import person

pytestmark = pytest.mark.clause("C13.8")


@dataclass
class World:
    home: Path
    order: Order
    key: Path
    own: Path  # the dump of an upgrade before there was a backup key
    sealed: Path  # and after
    plain: Path  # as pg_dump makes one, and older releases did
    list_of_then: Path

    @property
    def target(self) -> str:
        return f"{programs.owner().database[:30]}_went"


@pytest.fixture(scope="module")
def made(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Three dumps, and after them one of two customers is forgotten."""
    home = tmp_path_factory.mktemp("home")
    with django_db_blocker.unblock(), override_settings(ECDEPT_HOME=home, ECDEPT_BACKUP_DIR=home / "backups"):
        for who in ("sun_admin", "zhou_general", "chen_manager"):
            person(who)
        order = booked()
        booked("TB2", customer=IncomingCustomer("李四", "13900001111", "北京市海淀区1号", {}))
        seal(now=timezone.now())
        list_of_then = home / "then.log"
        erasures.publish(now=timezone.now())
        list_of_then.write_bytes(erasures.path().read_bytes())
        own = upgrading.dump(now=timezone.now())
        key = home / "key.txt"
        key.write_text(command("backup_keygen"))
        sealed = upgrading.dump(now=timezone.now())
        plain = home / "by-hand.dump"
        login = programs.owner()
        with plain.open("wb") as file:
            arguments = [programs.program("pg_dump"), "--format=custom", "--no-owner"]
            subprocess.run(arguments, env=login.environment, stdout=file, check=True)
        erase_customer(order_id=order.pk, reason="request", by=person("chen_manager"), now=timezone.now())
        world = World(home, order, key, own, sealed, plain, list_of_then)
        yield world
        drop(*(each for each in databases() if each.startswith(world.target)))
        getattr(TransactionTestCase, "_fixture_teardown")(TransactionTestCase())  # noqa: B009 - the stubs do not know it


@pytest.fixture
def world(made: World, settings: Any) -> World:
    settings.ECDEPT_HOME, settings.ECDEPT_BACKUP_DIR = made.home, made.home / "backups"
    return made


def customers(database: str) -> list[tuple[Any, ...]]:
    return ask(database, "SELECT wrapped IS NULL, erased_reason FROM orders_customerkey ORDER BY id")


def test_nothing_of_a_customer_can_be_read_in_the_dump_of_an_upgrade(world: World) -> None:
    for main in (world.own, world.sealed):
        for path in (main, companion(main)):
            assert path.stat().st_mode & 0o077 == 0
            content = path.read_bytes()
            for word in ("张三丰", "13812345678", "TB1001", "PGDMP", "CREATE TABLE"):
                assert word.encode() not in content
        assert Reader(main).genuine()
    assert Reader(world.sealed).header["to"] == [BackupKey.objects.get().fingerprint]
    assert world.own.parent == world.home / "backups"


def test_before_there_is_a_backup_key_it_is_sealed_to_one_of_this_machine(world: World) -> None:
    key = world.home / "upgrade.key"
    assert key.stat().st_mode & 0o077 == 0
    reader = Reader(world.own)
    private = upgrading.own_key_of(reader)
    assert private is not None
    assert reader.sealed_manifest(reader.keys_with(private))["upgrade"] is True
    assert upgrading.own_key_of(Reader(world.sealed)) is None


@pytest.mark.parametrize("which", ["sealed", "plain"])
def test_who_was_forgotten_since_stays_forgotten(world: World, which: str) -> None:
    name = f"{world.target}{which[0]}"
    options = {"key_file": world.key} if which == "sealed" else {}
    with pytest.raises(CommandError, match=r"Nothing was changed: The list of erasures .* is older than the"):
        command("go_back", getattr(world, which), to=name, erasures=world.list_of_then, **options)
    assert not [each for each in databases() if each.startswith(name)]
    command("go_back", getattr(world, which), to=name, **options)
    assert customers(name) == [(True, "request"), (False, "")]
    assert ask(name, "SELECT count(*) FROM orders_order") == [(2,)]
    assert ask(name, "SELECT count(*) FROM orders_customerindex") == [(1,)]
    assert ask(name, "SELECT count(*) FROM audit_entry WHERE verb = 'backups.restored'") == [(1,)]


def test_a_backup_half_a_dump_and_no_dump_are_refused(world: World, tmp_path: Path) -> None:
    other = tmp_path / "before-migrate-x.ecbak"
    other.write_bytes(world.sealed.read_bytes())
    with pytest.raises(CommandError, match="other half of this dump"):
        command("go_back", other, to=world.target, key_file=world.key)
    other.write_bytes(world.sealed.read_bytes()[:-7])
    with pytest.raises(CommandError, match="cut off"):
        command("go_back", other, to=world.target, key_file=world.key)
    other.write_bytes(b"PGDMP and nothing more")
    with pytest.raises(CommandError, match="Nothing was changed: pg_restore failed"):
        command("go_back", other, to=world.target)
    with pytest.raises(CommandError, match="No such file"):
        command("go_back", tmp_path / "none", to=world.target)
    whole = world.sealed.read_bytes().replace(b'"upgrade":true', b'"upgrade":null')
    other.write_bytes(whole)
    with pytest.raises(CommandError, match="is a backup, not the dump of an upgrade"):
        command("go_back", other, to=world.target)
    wrong = tmp_path / "wrong.txt"
    wrong.write_text((world.home / "upgrade.key").read_text())
    with pytest.raises(CommandError, match="sealed to the key"):
        command("go_back", world.sealed, to=world.target, key_file=wrong)
    assert world.target not in databases()


def test_a_killed_dump_leaves_nothing_that_looks_whole_and_the_next_one_clears_it(world: World) -> None:
    database, folder = programs.owner().database, upgrading.folder()
    before = set(folder.glob("*.ecbak"))  # of one killed late the keys may be whole: they go after their days
    code = "import django; django.setup(); from django.utils import timezone; from backups.services import upgrading; "
    with closing(programs.owner().connect()) as holder, holder.cursor() as cursor:
        cursor.execute("LOCK TABLE orders_order IN ACCESS EXCLUSIVE MODE")
        child = started("shell", "-c", code + "upgrading.dump(now=timezone.now())", env=dict(os.environ))
        until(lambda: waiting_for_lock(database) and list(folder.glob(".before-migrate-*.part-*")))
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    until(lambda: not waiting_for_lock(database))
    assert list(folder.glob(".before-migrate-*.part-*"))
    assert not [each for each in set(folder.glob("*.ecbak")) - before if ".keys." not in each.name]
    made = upgrading.dump(now=timezone.now())
    assert not list(folder.glob(".*part*"))
    assert {made, companion(made)} <= set(folder.glob("*.ecbak")) - before


def test_a_killed_way_back_leaves_the_database_as_it_was(world: World) -> None:
    name = f"{world.target}k"
    with programs.administering(programs.owner()) as cursor:
        programs.create_database(cursor, name, programs.owner().user)
    ask(name, "CREATE TABLE word AS SELECT 1")
    child = started("go_back", world.own, "--to", name, env=dict(os.environ))
    comment = (
        f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{name + RESTORING}'"
    )
    until(lambda: ask("postgres", comment) == [("ecdept: a restore that is not finished",)])
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    assert name + RESTORING in databases()
    assert ask(name, "SELECT count(*) FROM word") == [(1,)]


def test_the_dump_of_an_upgrade_is_restored_on_trial(world: World) -> None:
    saved, found = upgrading.dump_and_drill(now=timezone.now())
    assert found.good, str(found)
    assert (found.orders, found.sampled) == (2, 2)
    assert "2 orders" in str(found)
    upgrading.note(saved=saved, proof=str(found), now=timezone.now())
    assert Entry.objects.filter(verb="backups.upgrade_dumped", clause="C13.8").count() == 1
    assert Reader(saved).genuine()
    assert drilling.scratch_of(programs.owner().database) not in databases()


def test_a_dump_that_does_not_restore_stops_the_upgrade(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drilling, "drill", lambda _dumped: Found(words="No space left on device."))
    monkeypatch.setenv("ECDEPT_HOME", str(world.home))
    with pytest.raises(
        CannotRun, match=r"could not be shown to restore and migrate: No space left"
    ) as stopped:
        prepare.back_up()
    assert prepare.UNPROVEN in str(stopped.value)
    with pytest.raises(CommandError, match="Do not upgrade on this dump: not proven: No space"):
        command("upgrade_dump")
    # Whoever has no room for it says so.
    monkeypatch.setenv(prepare.UNPROVEN, "1")
    saved, proof = prepare.back_up()
    assert saved.exists()
    assert proof == "not proven: No space left on device."


def test_a_backup_and_an_upgrade_do_not_meet_in_one_scratch_database(world: World) -> None:
    with running.only_one() as mine:
        assert mine
        with pytest.raises(CommandError, match="A backup is being made or drilled"):
            command("upgrade_dump")


def test_an_upgrade_whose_dump_fails_migrates_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(upgrading, "dump_and_drill", full)
    with pytest.raises(
        CannotRun, match=r"nothing was migrated, because the dump before it failed: .*No space"
    ):
        prepare.back_up()


@pytest.mark.django_db
def test_tables_of_an_older_release_may_not_do_for_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    def older(**_given: object) -> int:
        raise DatabaseError("no such column")

    monkeypatch.setattr(erasures, "publish", older)
    assert upgrading.publish(now=NOW) == 0


@pytest.mark.django_db
def test_dumps_of_upgrades_stay_as_long_as_customers_keys_may() -> None:
    """The plain ones of older releases too; the key of this machine goes with the last one that it opens."""
    folder = upgrading.folder()
    folder.mkdir(parents=True)
    old, young = f"{NOW - 36 * DAY:%Y%m%dT%H%M%SZ}", f"{NOW - 34 * DAY:%Y%m%dT%H%M%SZ}"
    for at in (old, young):
        for ending in ("-1.ecbak", "-1.keys.ecbak", ".dump"):
            (folder / f"before-migrate-{at}{ending}").write_bytes(b"x")
        (folder / f"before-migrate-{at}-1.files" / "files").mkdir(parents=True)
    (folder / "before-migrate-mine.dump").write_bytes(b"x")
    upgrading.key_file().write_text("x")
    storing.clear(now=NOW)
    left = sorted(each.name for each in folder.iterdir())
    assert left == [f"before-migrate-{young}{ending}" for ending in
                    ("-1.ecbak", "-1.files", "-1.keys.ecbak", ".dump")] + ["before-migrate-mine.dump"]  # fmt: skip
    assert upgrading.key_file().exists()
    storing.clear(now=NOW + 2 * DAY)
    assert [each.name for each in folder.iterdir()] == ["before-migrate-mine.dump"]
    assert not upgrading.key_file().exists()
    assert storing.clear(now=NOW + dt.timedelta(days=3)) == 0
