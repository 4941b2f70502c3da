"""Switching the active rulebook is signed by the general manager, with its differences and what would have happened."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import translation

from office.approvals import api as approvals
from office.approvals.models import Annex
from office.approvals.services import activation
from office.audit.models import Entry
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid
from office.rulebook import api as rulebook
from office.rulebook.models import Version
from office.subjects import Subject
from tests.people import person, something_happens

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C14")]
NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
DECEMBER = dt.datetime(2026, 11, 30, 16, 0, tzinfo=dt.UTC)


def proposed(**more: object) -> approvals.Run:
    person("zhou_general")
    return approvals.propose_activation(
        **{"book": "mall", "starts_at": DECEMBER, "by": person("chen_manager"), "now": NOW, **more}  # type: ignore[arg-type]
    )


def test_the_signature_puts_the_book_in_force_on_its_date() -> None:
    something_happens(NOW)
    run = proposed()
    assert Version.objects.count() == 1
    with pytest.raises(Forbidden):
        approvals.approve(run_id=run.pk, by=person("qian_it"), now=NOW)
    done = approvals.approve(run_id=run.pk, by=person("zhou_general"), now=NOW)
    version = Version.objects.get(run_id=run.pk)
    assert (done.state, version.book, version.effective.lower) == ("executed", "mall", DECEMBER)
    assert version.activated_by_name == person("zhou_general").name
    assert (rulebook.book(NOW).code, rulebook.book(DECEMBER).code) == ("site", "mall")
    entry = Entry.objects.get(verb="rulebook.activate", subject_id=str(version.pk))
    assert (entry.actor_name, entry.clause) == (person("zhou_general").name, "C14")


def test_the_general_manager_does_not_sign_what_he_proposed() -> None:
    with pytest.raises(Forbidden):
        proposed(by=person("zhou_general"))


def test_who_may_not_propose_is_refused() -> None:
    with pytest.raises(Forbidden):
        proposed(by=person("li_lei"))


def test_a_date_gone_by_and_a_book_in_force_are_refused() -> None:
    with pytest.raises(Invalid):
        proposed(starts_at=NOW - dt.timedelta(days=1))
    with pytest.raises(Invalid):
        proposed(book="other")
    with pytest.raises(Conflict):
        proposed(book="site")


def test_a_signature_after_the_date_puts_nothing_in_force() -> None:
    something_happens(NOW)
    run = proposed()
    with pytest.raises(rulebook.ActivationRefused):
        approvals.approve(run_id=run.pk, by=person("zhou_general"), now=DECEMBER + dt.timedelta(hours=1))
    assert Version.objects.count() == 1


def test_another_activation_meanwhile_voids_the_proposal() -> None:
    run = proposed()
    rulebook.activate_book(code="mall", starts_at=DECEMBER + dt.timedelta(days=9), by=None, now=NOW)
    with pytest.raises(approvals.SubjectChanged):
        approvals.approve(run_id=run.pk, by=person("zhou_general"), now=NOW)


def test_the_paper_shows_every_clause_that_differs() -> None:
    run = proposed()
    (shown_beside,) = activation.exhibits(run, person("zhou_general"), NOW)
    chapters = shown_beside.context["outlook"]["chapters"]
    found = {change["id"]: change for chapter in chapters for change in chapter["changes"]}
    assert found["C7.3"]["what"] == "removed"
    assert found["M5.3"]["what"] == "added"
    assert found["M9.1"]["rules"][0]["after"]
    assert "C7.2" not in found
    shown = run.paper.changes["zh-hans"]
    assert [line[0] for line in shown[:2]] == ["book", "from"]
    assert {line[0] for line in shown[2:]} == set(found)
    assert run.preview["total"] == len(found) + 2


def shown(run: approvals.Run, now: dt.datetime) -> object:
    (exhibit,) = activation.exhibits(run, person("zhou_general"), now)
    return exhibit.context["outlook"]


def test_what_the_signer_was_shown_is_kept_with_the_request_and_its_digest_in_the_trail() -> None:
    something_happens(NOW)
    run = proposed()
    before = shown(run, NOW)
    approvals.approve(run_id=run.pk, by=person("zhou_general"), now=NOW)
    subject = Subject("order", "7", "TM01/7")
    deadlines.open("orders.contact", subject=subject, started_at=NOW - dt.timedelta(hours=2), now=NOW)
    run.refresh_from_db()
    later = DECEMBER + dt.timedelta(days=90)
    assert (run.state, shown(run, later)) == ("executed", before)
    annex = Annex.objects.get()
    assert hashlib.sha256(bytes(annex.content)).hexdigest() == annex.digest
    assert annex.digest.encode() in bytes(Entry.objects.get(verb="approvals.submit").canonical)
    with translation.override("en"):
        assert "Prices" in str(shown(run, later))


def test_what_is_asked_again_keeps_its_own() -> None:
    something_happens(NOW)
    run = proposed()
    approvals.return_to(run_id=run.pk, by=person("zhou_general"), now=NOW, reason="from January on")
    again = approvals.resubmit(
        run_id=run.pk, payload=run.payload, by=person("chen_manager"), now=NOW + dt.timedelta(days=1)
    )
    assert Annex.objects.count() == 2
    (exhibit,) = activation.exhibits(again, person("zhou_general"), NOW)
    assert exhibit.context["kept"].at == NOW + dt.timedelta(days=1)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE approvals_annex SET digest = repeat('0', 64)",
        "DELETE FROM approvals_annex",
        "INSERT INTO approvals_annex (paper_id, content, digest, at) "
        "SELECT paper_id + 1, content, repeat('0', 64), at FROM approvals_annex",
    ],
)
def test_the_database_refuses_another_one(statement: str) -> None:
    proposed()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
