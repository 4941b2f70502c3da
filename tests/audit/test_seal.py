"""The sealer: nothing is skipped, nobody waits, a restore opens an era."""

from __future__ import annotations

import datetime as dt
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from office.audit import api as audit
from office.audit import sealing, sealslog
from office.audit.models import Entry, Incident, Seal
from office.audit.registry import _verbs
from office.subjects import Subject
from tests.audit.tamper import NOW, as_superuser, seal_now, verify, wait_for_others

pytestmark = pytest.mark.django_db(transaction=True)
CUP = Subject("cup", "1", "CUP-1")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.ECDEPT_HOME = tmp_path
    as_superuser(
        "TRUNCATE audit_entry, audit_seal, audit_incident RESTART IDENTITY"
    )  # what the template holds
    monkeypatch.setitem(_verbs, "cup.filled", "Filled")
    return tmp_path


def fill(count: int = 1, now: dt.datetime = NOW) -> list[int]:
    return audit.record_many([audit.Act("cup.filled", CUP, {"n": n}) for n in range(count)], by=None, now=now)


def test_entries_are_sealed_once_and_chained() -> None:
    fill(3)
    one = seal_now().seal
    fill(600)
    two = seal_now().seal
    assert one is not None
    assert two is not None
    assert (one.entries, two.entries, bytes(two.previous)) == (3, 600, bytes(one.digest))
    assert seal_now().seal is None
    assert verify() == (0, "ok: orders 0, entries 603, seals 2, unsealed 0\n")


def test_a_row_with_a_low_id_that_commits_late_is_not_skipped() -> None:
    begun, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                fill()
                begun.set()
                may_commit.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    begun.wait(10)
    [fast] = fill()  # a higher id, committed at once: does not wait
    first = sealing.seal(now=NOW)
    assert first.seal is None
    assert first.unsealed == 1
    may_commit.set()
    thread.join()
    assert Entry.objects.order_by("id")[0].pk < fast
    second = seal_now().seal
    assert second is not None
    assert second.entries == 2
    assert verify()[0] == 0


def test_two_sealers_at_once_make_one_seal() -> None:
    fill(3)
    barrier = threading.Barrier(4)

    def run() -> None:
        try:
            barrier.wait(10)
            seal_now()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seal_now()
    assert sum(Seal.objects.values_list("entries", flat=True)) == 3
    assert verify()[0] == 0


def test_a_restore_into_another_cluster_seals_what_is_left_and_opens_an_era(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill(3)
    seal_now()
    fill(2)  # left over: not sealed before the dump
    # The other cluster counts transactions from the beginning: what was written there is far in the future here.
    as_superuser(
        "UPDATE audit_entry SET tx = (tx::text::bigint + 5000000)::text::xid8",
        "UPDATE audit_seal SET h = (h::text::bigint + 5000000)::text::xid8, system_identifier = 'old'",
        "UPDATE audit_seal SET root = (SELECT sha256('\\x01'::bytea || string_agg(int8send(id) || xid8send(tx)"
        " || digest, ''::bytea ORDER BY tx, id)) FROM audit_entry WHERE id <= audit_seal.last_id)",
        "UPDATE audit_seal SET digest = sha256(previous || root || convert_to(concat_ws(E'\\x1f', '1', id, era,"
        " system_identifier, h::text, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), entries,"
        " last_id), 'UTF8'))",
    )
    sealslog.path().unlink()
    fill(1)  # written after the restore, before the sealer ran
    opening = seal_now().seal
    assert opening is not None
    assert (opening.era, opening.entries) == (2, 3)
    fill(4)
    later = seal_now().seal
    assert later is not None
    assert (later.era, later.entries) == (2, 4)
    assert verify() == (0, "ok: orders 0, entries 10, seals 3, unsealed 0\n")
    assert [row.sealed for row in audit.timeline(CUP)] == [True] * 10
    fill(1)
    assert [row.sealed for row in audit.timeline(CUP)][-1] is False
    as_superuser("UPDATE audit_entry SET digest = sha256('x') WHERE id = 4")
    assert "tampered: seal 2: an entry under it was changed" in verify()[1]
    as_superuser("UPDATE audit_entry SET tx = '1' WHERE id = 9")
    text = verify()[1]
    assert "tampered: cup CUP-1: its audit entry 9 stands where no seal can cover it\n" in text
    assert "tampered: seal 3: it covers 4 entries, 3 are there\n" in text
    # One more restore, with nothing left over.
    monkeypatch.setattr(sealing, "system_identifier", lambda _cursor: "third")
    as_superuser("DELETE FROM audit_entry WHERE id > 10")
    third = seal_now().seal
    assert third is not None
    assert (third.era, third.entries) == (3, 0)


def test_what_was_restored_before_anything_was_sealed_is_sealed_too() -> None:
    """The first backup of an installation may be made in its first minute."""
    fill(3)
    as_superuser(
        "UPDATE audit_entry SET tx = (tx::text::bigint + 5000000)::text::xid8"
    )  # ids of another cluster
    opening = sealing.seal(now=NOW, restored=True).seal
    assert opening is not None
    assert (opening.era, opening.entries) == (2, 3)
    fill(2)
    seal_now()
    assert verify() == (0, "ok: orders 0, entries 5, seals 3, unsealed 0\n")
    assert [row.sealed for row in audit.timeline(CUP)] == [True] * 5
    as_superuser("UPDATE audit_entry SET digest = sha256('x') WHERE id = (SELECT min(id) FROM audit_entry)")
    assert "tampered: seal 2: an entry under it was changed" in verify()[1]


def test_an_era_waits_for_whoever_is_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    fill()
    seal_now()
    fill()
    monkeypatch.setattr(sealing, "system_identifier", lambda _cursor: "other")
    monkeypatch.setattr(sealing, "_STAND_STILL", 50)
    busy = connections.create_connection("default")
    with busy.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE audit_entry IN ROW EXCLUSIVE MODE")  # what an INSERT takes
        assert sealing.seal(now=NOW).seal is None
        cursor.execute("ROLLBACK")
    busy.close()
    assert sealing.seal(now=NOW).seal is not None


def test_without_the_right_to_ask_the_cluster_the_database_is_known_by_its_oid() -> None:
    class Refusing:
        """A cursor of a login that may not call pg_control_system()."""

        def __init__(self, real: Any) -> None:
            self.real = real

        def execute(self, sql: str, *values: Any) -> None:
            self.real.execute(sql.replace("pg_control_system()", "pg_read_file('x')"), *values)

        def fetchone(self) -> Any:
            return self.real.fetchone()

    with connection.cursor() as cursor:
        assert sealing.system_identifier(Refusing(cursor)).startswith("database ")
        assert sealing.system_identifier(cursor).isdecimal()


def test_each_seal_is_appended_to_the_log_and_missing_ones_are_made_up_for(home: Path) -> None:
    fill()
    first = seal_now().seal
    fill()
    seal_now()
    log = home / "seals.log"
    lines = log.read_text().splitlines()
    assert [json.loads(line)["seal"] for line in lines] == [1, 2]
    assert first is not None
    assert json.loads(lines[0])["digest"] == bytes(first.digest).hex()
    log.write_text(lines[0] + "\n" + lines[1][:20])  # a crash in the middle of a line
    assert sealslog.publish(NOW) == 1
    assert log.read_text().splitlines() == lines
    log.unlink()
    assert sealslog.publish(NOW) == 2
    assert sealslog.publish(NOW) == 0


def test_a_log_that_knows_more_than_the_database_is_an_incident_and_stays(home: Path) -> None:
    fill()
    seal_now()
    text = (home / "seals.log").read_text()
    as_superuser("UPDATE audit_seal SET digest = sha256('x')")
    for _time in range(2):
        seal_now()
    assert Incident.objects.filter(kind="seals_log").count() == 1
    assert (home / "seals.log").read_text() == text


@pytest.mark.clause("C7.5")
def test_what_stays_unsealed_for_over_five_minutes_raises_an_alarm() -> None:
    busy = connections.create_connection("default")
    with busy.cursor() as cursor:
        cursor.execute("BEGIN; SELECT pg_current_xact_id()")
        fill()
        assert sealing.seal(now=NOW + dt.timedelta(minutes=5)).unsealed == 1
        assert not Incident.objects.exists()
        for minutes in (6, 7):
            sealing.seal(now=NOW + dt.timedelta(minutes=minutes))
        cursor.execute("ROLLBACK")
    busy.close()
    assert Incident.objects.get().kind == "unsealed"


def test_the_tick_seals() -> None:
    from office.audit.tasks import seal

    fill(now=timezone.now())
    wait_for_others()
    seal()
    assert Seal.objects.count() == 1
