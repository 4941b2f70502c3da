"""Switching the active rulebook is signed by the general manager, with its differences and what would have happened."""

from __future__ import annotations

import datetime as dt

import pytest

from office.approvals import api as approvals
from office.approvals.services import activation
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid
from office.rulebook import api as rulebook
from office.rulebook.models import Version
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
    chapters = shown_beside.context["outlook"].chapters
    found = {change.id: change for chapter in chapters for change in chapter.changes}
    assert found["C7.3"].what == "removed"
    assert found["M5.3"].what == "added"
    assert found["M9.1"].rules[0].key == "catalog.price"
    assert "C7.2" not in found
    shown = run.paper.changes["zh-hans"]
    assert [line[0] for line in shown[:2]] == ["book", "from"]
    assert {line[0] for line in shown[2:]} == set(found)
    assert run.preview["total"] == len(found) + 2
