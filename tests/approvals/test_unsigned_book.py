"""At the terminal a book is put in force as long as nobody has ever signed one; from then on it takes a signature."""

from __future__ import annotations

import datetime as dt
import io

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from ecdept.embedded import prepare
from ecdept.embedded.home import CannotRun
from office.approvals import api as approvals
from office.audit.models import Incident
from office.rulebook import api as rulebook
from office.rulebook.models import Version
from tests.people import person, signed_in, something_happens

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C14")]
NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
DECEMBER = dt.datetime(2026, 11, 30, 16, 0, tzinfo=dt.UTC)
JANUARY = DECEMBER + dt.timedelta(days=31)


@pytest.fixture
def signed() -> Version:
    """The mall's book from December on, as the general manager signed it."""
    something_happens(NOW)
    person("zhou_general")
    run = approvals.propose_activation(book="mall", starts_at=DECEMBER, by=person("chen_manager"), now=NOW)
    approvals.approve(run_id=run.pk, by=person("zhou_general"), now=NOW)
    return Version.objects.get(run_id=run.pk)


def at_the_terminal(book: str, start: str) -> str:
    out = io.StringIO()
    call_command("rulebook", "activate", book, "--from", start, stdout=out)
    return out.getvalue()


def test_no_verb_puts_another_in_force_once_one_is_signed(signed: Version) -> None:
    with pytest.raises(rulebook.ActivationRefused) as refused:
        rulebook.activate_book(code="site", starts_at=JANUARY, by=None, now=NOW)
    assert (refused.value.code, refused.value.clause) == ("signed_before", "C14")
    assert rulebook.book(JANUARY).version_id == signed.pk


@time_machine.travel(NOW, tick=False)
def test_the_command_leads_to_the_approval_and_the_attempt_is_named(signed: Version) -> None:
    for start in ("2026-11-25", "2027-01-01"):
        with pytest.raises(CommandError, match="/rulebook/") as refused:
            at_the_terminal("site", start)
        assert refused.value.returncode == 1
    assert Version.objects.order_by("-id").first() == signed
    attempt = Incident.objects.filter(kind="unsigned_book").first()
    assert attempt is not None
    assert (attempt.clause, attempt.actor_id, bool(attempt.actor_name)) == ("C14", None, True)


@time_machine.travel(NOW, tick=False)
def test_the_very_text_that_was_signed_is_no_other_one(signed: Version) -> None:
    assert "mall: in force from 2026-12-01 00:00" in at_the_terminal("mall", "2027-01-01")
    assert not Incident.objects.exists()


def test_the_database_refuses_it_too(signed: Version) -> None:
    Version.objects.filter(pk=signed.pk).update(effective=DateTimeTZRange(DECEMBER, JANUARY))
    with pytest.raises(IntegrityError, match="not signed"), transaction.atomic():
        Version.objects.create(
            book="site", effective=DateTimeTZRange(JANUARY, None), source="x", sha256="0" * 64, at=NOW
        )


@time_machine.travel(NOW, tick=False)
def test_before_that_who_switched_it_unsigned_is_named_and_the_page_says_so() -> None:
    person("zhou_general")
    assert "mall: in force from 2026-12-01 00:00" in at_the_terminal("mall", "2026-12-01")
    found = Incident.objects.get(kind="unsigned_book")
    assert (found.clause, found.actor_id, bool(found.actor_name)) == ("C14", None, True)
    assert "mall" in found.subject_label
    assert "未经签发" in signed_in("chen_manager").get("/rulebook/").text


@time_machine.travel(NOW, tick=False)
def test_where_nobody_could_have_signed_it_is_no_incident() -> None:
    at_the_terminal("mall", "2026-11-23")
    assert not Incident.objects.exists()


@time_machine.travel(NOW, tick=False)
def test_up_with_another_book_goes_on_with_the_signed_one(
    signed: Version, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(prepare, "_today", lambda: "2026-12-24")
    with time_machine.travel(DECEMBER + dt.timedelta(days=1), tick=False):
        prepare.choose_book("site")
    assert "signed" in capsys.readouterr().err
    assert rulebook.book(JANUARY).version_id == signed.pk


@time_machine.travel(NOW, tick=False)
def test_up_with_another_book_takes_it_where_none_was_signed() -> None:
    prepare.choose_book("mall")
    assert rulebook.book(NOW).code == "mall"


def test_what_else_the_command_refuses_stops_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "_today", lambda: "never")
    with pytest.raises(CannotRun):
        prepare.choose_book("mall")
