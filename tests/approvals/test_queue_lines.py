"""The lines of the queue as the page draws them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.template import Context, Template
from django.utils import translation

from office.approvals.kinds import Change
from office.approvals.selectors import queue
from office.approvals.selectors.asked import CHECK, EXECUTE
from office.approvals.selectors.queue import Agreed, Similar, Waiting
from tests.approvals.cast import MINUTE, NOW, ask, note
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shelf")]
NASTY = "<script>alert('x')</script> & \"y\""


def line(**changes: object) -> Waiting:
    ask(subject=note()._replace(label=NASTY))
    (found,) = queue.waiting(person("chen_manager"), NOW).lines
    return replace(found, **changes)  # type: ignore[arg-type]


def drawn(*lines: Waiting, language: str = "en") -> str:
    with translation.override(language):
        return Template("{% load waiting %}{% waiting_lines lines %}").render(Context({"lines": list(lines)}))


def test_a_line_has_what_a_decision_needs() -> None:
    one = line()
    text = drawn(one)
    assert f'id="run-{one.run.pk}"' in text
    assert f'name="revision-{one.run.pk}" value="{one.run.revision}"' in text
    for act in ("approve", "return", "reject"):
        assert f'name="one" value="{act}:{one.run.pk}"' in text
    assert f"{one.run.requester} asked 11-23 10:00 · as " in text
    assert "No similar case in 90 days" in text
    assert 'class="chip chip-clause"' in text
    assert text.count("<li") == text.count("</li>") == 1


def test_nothing_that_somebody_typed_is_taken_for_markup() -> None:
    vote = Agreed(1, NASTY, NASTY, "", NASTY, "approve", NASTY, NOW)
    change = Change(NASTY, NASTY, NASTY, NASTY + "2", NASTY)
    one = line(agreed=(vote,), changes=(change,), kind_name=NASTY, on_behalf_of=NASTY, climbed_from=NASTY)
    one = replace(one, run=one.run._replace(flags=[NASTY]))
    for language in ("en", "zh-hans"):
        text = drawn(one, language=language)
        assert "<script" not in text
        assert "&lt;script&gt;" in text
        assert "alert('x')" not in text


def test_who_agreed_and_how_alike_cases_ended_are_shown() -> None:
    vote = Agreed(1, "王主管", "", "", "service_supervisor", "approve", "fine", NOW)
    text = drawn(line(agreed=(vote,), similar=Similar(3, 1)))
    assert "王主管 · " in text
    assert 'title="11-23 10:00 · fine"' in text
    assert "Similar in 90 days: 3 agreed, 1 rejected" in text


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (Change("f", "Price", "1", "2"), ("<del>", "→", "<ins>")),
        (Change("f", "Price", "", "2"), ("<ins>",)),
        (Change("f", "Price", "1", ""), ("<del>", "—</ins>")),
        (Change("f", "Price", "—", "2"), ("<dd><ins>",)),
        (
            Change("f", "Price", "2", "2", "row 1"),
            ('<dt class="of-row">row 1</dt><dt>Price', "<span>2</span>"),
        ),
    ],
)
def test_a_change_shows_before_and_after(change: Change, shown: tuple[str, ...]) -> None:
    text = drawn(line(changes=(change,)))
    assert all(part in text for part in shown)
    assert ("<del>" in text) == ("<del>" in shown)


def test_a_row_is_named_once_and_a_flag_by_its_name() -> None:
    two = tuple(Change(field, field, "1", "2", row) for row in ("A", "B") for field in ("x", "y"))
    one = line(changes=two)
    one = replace(one, run=one.run._replace(flags=["confidential", "unknown_word"]))
    text = drawn(one, language="zh-hans")
    assert text.count("of-row") == 2
    assert "机密" in text
    assert "unknown_word" in text


def test_more_changes_than_the_preview_lead_to_the_request() -> None:
    one = line(total=9)
    assert f'<a class="small" href="/approvals/{one.run.pk}/">All 9 changes</a>' in drawn(one)


def test_what_is_to_be_carried_out_or_checked_leads_there_and_has_no_tick() -> None:
    one = line()
    for what, label in ((EXECUTE, "Carry out"), (CHECK, "Check")):
        text = drawn(replace(one, what=what))
        assert f'href="/approvals/{one.run.pk}/#{what}">{label}</a>' in text
        assert 'type="checkbox"' not in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"climbed_from": "it_manager"}, "instead of "),
        ({"climbed_from": "service_agent"}, "who is the requester"),
        ({"climbed_from": "it_manager", "stuck": True}, "which is vacant"),
        ({"on_behalf_of": "陈经理"}, "<b>for 陈经理</b>"),
    ],
)
def test_it_says_by_what_right_it_waits_here(changes: dict[str, object], said: str) -> None:
    assert said in drawn(line(**changes))


def test_a_late_one_is_marked_late() -> None:
    assert 'data-state="late"' in drawn(line(due_at=NOW - dt.timedelta(days=9000)))
    assert 'data-state="ok"' in drawn(replace(line_of_far(), due_at=NOW + dt.timedelta(days=9000)))


def line_of_far() -> Waiting:
    ask(subject=note("far"), now=NOW + MINUTE)
    return queue.waiting(person("chen_manager"), NOW + 2 * MINUTE).lines[-1]
