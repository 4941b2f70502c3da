"""Writing the trail."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest
from django.db import connection

from office.audit import api as audit
from office.audit.canonical import entry_data, instant
from office.audit.models import Entry, Incident
from office.audit.registry import _verbs, known_verbs, verb_label
from office.audit.services import COPY_FROM
from office.audit.verify import HEADER_SQL
from office.subjects import Subject
from tests.people import person

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 23, 2, 0, 0, 5, tzinfo=dt.UTC)
CUP = Subject("cup", "1", "CUP-1")


@pytest.fixture(autouse=True)
def verb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_verbs, "cup.filled", "Filled")


def test_an_entry_keeps_its_canonical_bytes_and_their_digest() -> None:
    who = person("li_lei")
    entry_id = audit.record(
        "cup.filled",
        subject=CUP,
        by=who,
        now=NOW,
        data={"b": "中", "a": 1},
        clause="C1",
        acting_for="supervisor",
    )
    entry = Entry.objects.get(pk=entry_id)
    expected = (
        f"1\x1f2026-11-23T02:00:00.000005Z\x1fcup.filled\x1fcup\x1f1\x1fCUP-1\x1f{who.pk}\x1f李雷\x1fsupervisor\x1fC1\x1f"
        '{"a":1,"b":"中"}'
    )
    assert bytes(entry.canonical).decode() == expected
    assert bytes(entry.digest) == hashlib.sha256(expected.encode()).digest()
    [row] = audit.timeline(CUP)
    assert (row.verb_label, row.actor_name, row.acting_for, row.clause, row.data, row.sealed) == (
        "Filled",
        "李雷",
        "supervisor",
        "C1",
        {"a": 1, "b": "中"},
        False,
    )


@pytest.mark.parametrize("count", [0, 1, COPY_FROM + 5])
def test_many_entries_keep_their_order(count: int) -> None:
    reserved = audit.reserve(1)[0] if count else 0
    acts = [audit.Act("cup.filled", CUP, {"n": n}) for n in range(count)]
    if acts:
        acts[0] = audit.Act("cup.filled", CUP, {"n": 0}, entry_id=reserved)
    ids = audit.record_many(acts, by=None, now=NOW)
    assert len(set(ids)) == count
    assert [entry_data(Entry.objects.get(pk=pk).canonical)["n"] for pk in ids] == list(range(count))


def test_the_database_makes_the_same_header() -> None:
    moments = [NOW, dt.datetime(999, 1, 2, tzinfo=dt.UTC), NOW.astimezone(dt.timezone(dt.timedelta(hours=8)))]
    for at in moments:
        for by in (None, person("li_lei")):
            audit.record(
                "cup.filled", subject=Subject("cup", "a\x1fb", "x\ny\ud800"), by=by, now=at, clause=""
            )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT canonical, {HEADER_SQL}, at FROM audit_entry WHERE verb = 'cup.filled'")
        rows = cursor.fetchall()
    assert len(rows) == 6
    for canonical, header, at in rows:
        assert bytes(canonical) == bytes(header) + b"{}"
        assert instant(at).encode() in bytes(header)


def test_an_unknown_verb_is_a_typo() -> None:
    with pytest.raises(audit.UnknownVerb):
        audit.record("cup.filed", subject=CUP, by=None, now=NOW)
    with pytest.raises(ValueError, match="not a verb"):
        audit.register_verbs({"über": "x"})
    assert "cup.filled" in known_verbs()
    assert verb_label("gone.verb") == "gone.verb"


def test_data_that_json_cannot_say_is_refused() -> None:
    with pytest.raises(TypeError):
        audit.record("cup.filled", subject=CUP, by=None, now=NOW, data={"x": object()})
    with pytest.raises(ValueError):
        audit.record("cup.filled", subject=CUP, by=None, now=NOW, data={"x": float("nan")})


def test_canonical_bytes_of_a_stranger_give_no_data() -> None:
    assert entry_data(b"rubbish") == {}
    assert entry_data(b"\x1f" * 10 + b"[1]") == {}


@pytest.mark.django_db(transaction=True)
def test_an_incident_names_who_and_outlives_the_rollback() -> None:
    from django.db import transaction

    who = person("li_lei")
    with transaction.atomic():
        audit.incident("law", subject=CUP, now=NOW, by=who, detail="tried", channel="page")
        transaction.set_rollback(True)
    audit.incident("law", subject=CUP, now=NOW, detail="tried from outside")
    first, second = Incident.objects.order_by("id")
    assert (first.actor_id, first.actor_name, first.channel, first.clause) == (who.pk, "李雷", "page", "C7.5")
    assert second.actor_id is None
    assert second.actor_name
    assert Entry.objects.filter(verb="audit.incident").count() == 2
