"""Corners of access: what is sent twice, half, or too late; what an older book does not know; who is elsewhere busy."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from django.db import IntegrityError, connection, connections

from accounts.kinds import changes as change_kind
from accounts.models import Grant, RoomGrant
from accounts.rules import advisories, words
from accounts.rules.names import name_of, section_name
from accounts.selectors.access import access_of
from accounts.services import advisories as feed
from accounts.services import changes, grants, reviewing, room, security
from office.approvals import api as approvals
from office.deadlines.models import Deadline
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.rulebook import allowed
from office.rulebook import api as rulebook
from office.rulebook.selectors import shipped_book
from tests.accounts.access import test_database_change as change
from tests.accounts.access import test_room as in_room
from tests.accounts.access.stage import DAY, MINUTE, NOW, agree, ask, granted
from tests.accounts.access.test_review import QUARTER
from tests.people import everybody, person

pytestmark = pytest.mark.django_db


@pytest.mark.clause("C13.2")
@pytest.mark.parametrize(
    "paper", [{}, {"act": "grant"}, {"act": "end", "reason": " "}, {"act": "x", "reason": "y"}]
)
def test_half_a_paper_of_a_grant_is_none(paper: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        grants.check(paper)


@pytest.mark.clause("C13.2")
def test_a_grant_is_carried_out_by_a_person_and_dated_by_its_paper() -> None:
    run = agree(ask(), "chen_manager")
    with pytest.raises(Forbidden):
        grants.carry_out(run=run, payload=run.payload, by=None, now=NOW)
    with pytest.raises(Invalid):
        grants.carry_out(run=run, payload={**run.payload, "to": "soon"}, by=person("sun_admin"), now=NOW)
    assert not Grant.objects.exists()


@pytest.mark.clause("C13.9")
@pytest.mark.parametrize("paper", [{}, {"reason": "x"}, {"reason": "x", "person": 1, "visitor": "y"}])
def test_half_a_paper_of_the_machine_room_is_none(paper: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        room.check(paper)


@pytest.mark.clause("C13.9")
def test_a_returned_request_for_the_room_is_asked_again_and_one_too_late_refused() -> None:
    run = in_room.ask()
    approvals.return_to(run_id=run.pk, by=person("zhou_general"), now=NOW + MINUTE, reason="几点")
    again = in_room.ask(reason="更换硬盘，上午")
    assert (again.pk, again.round) == (run.pk, 2)
    with pytest.raises(Conflict) as late:
        agree(again, "zhou_general", now=NOW + DAY)
    assert late.value.code == "over"
    assert not RoomGrant.objects.exists()
    with pytest.raises(NotFound):
        room.enter(person_id=987_654, visitor="", purpose="x", by=person("sun_admin"), now=NOW)


@pytest.mark.clause("C13.6")
def test_a_change_sent_twice_half_or_too_late() -> None:
    made = change.drafted()
    same = changes.redraft_change(
        change_id=made.pk, content=change.CONTENT, by=person("sun_admin"), now=NOW + MINUTE
    )
    assert same.drafted_at == NOW
    change.heard(made)
    with pytest.raises(Conflict) as window:
        changes.hand_in(change_id=made.pk, by=person("sun_admin"), now=NOW + 3 * DAY)
    assert window.value.code == "window"
    changes.hand_in(change_id=made.pk, by=person("sun_admin"), now=NOW + 2 * MINUTE)
    with pytest.raises(Conflict):
        changes.open_again(change_id=made.pk, by=person("sun_admin"), now=NOW + 3 * MINUTE)
    with pytest.raises(NotFound):
        changes.hand_in(change_id=987_654, by=person("sun_admin"), now=NOW)
    with pytest.raises(NotFound):
        changes.complain(change_id=987_654, text="x", by=person("li_lei"), now=NOW)
    with pytest.raises(Invalid):
        changes.check({"plan": "x"})
    assert change_kind.fields("987654") == {}


def busy(lock: str, act: Callable[[], object]) -> object:
    """What `act` answers while another connection holds the advisory lock."""
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        other = connections.create_connection("default")
        try:
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [lock])
                held.set()
                done.wait(10)
                # Closing does not wait until the server has let go.
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [lock])
        finally:
            other.close()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    try:
        return act()
    finally:
        done.set()
        thread.join()


def test_the_clocks_leave_it_to_the_one_that_is_at_it() -> None:
    granted(last_day=(QUARTER + 30 * DAY).date())
    assert busy("accounts.review", lambda: reviewing.open_review(now=QUARTER)) is None
    assert busy("accounts.security", lambda: security.report(now=QUARTER)) is None
    assert connection.is_usable()


def test_an_older_book_has_no_such_clocks() -> None:
    everybody()
    with patch.object(rulebook, "has_rule", return_value=False):
        assert reviewing.open_review(now=QUARTER) is None
        assert security.report(now=QUARTER) is None


def test_a_review_that_is_closed_meanwhile_tells_nothing() -> None:
    reviewing.not_confirmed(Deadline(subject_id="987654"), NOW)


@pytest.mark.clause("C13.7")
def test_a_file_that_is_too_large_or_cannot_be_read(tmp_path: Any, settings: Any) -> None:
    settings.ECDEPT_HOME = tmp_path
    everybody()
    file = tmp_path / feed.FILE
    with file.open("wb") as opened:
        opened.truncate(feed.LARGEST + 1)  # a hole: it takes no room
    first = security.report(now=QUARTER, packages={})
    assert first is not None
    file.unlink()
    file.mkdir()
    second = security.report(now=QUARTER + 7 * DAY, packages={})
    assert second is not None
    assert all((first.problem, second.problem, first.problem != second.problem))


@pytest.mark.clause("C13.7")
def test_advisories_that_are_too_many_or_odd() -> None:
    with pytest.raises(advisories.BadFile):
        advisories.records([{"id": "a"}] * (advisories.MOST + 1))
    assert not advisories.touches("no version", {"versions": []})
    assert not advisories.touches("1.0", {"ranges": [{"type": "ECOSYSTEM", "events": [3, {}]}]})


@pytest.mark.clause("C13.1")
@pytest.mark.parametrize(
    ("who", "level"),
    [("sun_admin", words.DATABASE), ("li_lei", words.BACK_OFFICE), ("zheng_designer", words.BACK_OFFICE)],
)
def test_everybody_has_a_level(who: str, level: str) -> None:
    assert access_of(person(who), NOW).level == level


def test_what_no_release_names_is_called_by_its_clause() -> None:
    book = shipped_book("site")
    key = next(key for key, rule in book.rules.items() if not isinstance(rule, rulebook.PermissionRule))
    assert name_of(key, book) == str(book.clauses[book.rules[key].clause].title)
    assert (name_of("no.such", book), section_name("elsewhere")) == ("no.such", "elsewhere")
    assert words.level_of(book, {"rulebook.view"}, set()) == words.GENERAL


def test_another_fault_of_the_database_stays_one() -> None:
    def fail() -> None:
        with allowed.unless("one law", lambda: Conflict("x")):
            raise IntegrityError("another law")

    with pytest.raises(IntegrityError):
        fail()
