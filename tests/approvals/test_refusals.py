"""What the verbs of approvals refuse, each with its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError

from office.approvals import api as approvals
from office.approvals import kinds, rules
from office.approvals.models import Run
from office.approvals.services import activation, deputies, resolving, submitting
from office.approvals.services.context import begin, view_of
from office.approvals.services.writing import Change, Writes
from office.errors import Conflict, Forbidden, Invalid, Refused
from office.rulebook import api as rulebook
from tests.approvals.cast import NOW, Shelf, ask, note
from tests.people import person

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def code_of(refused: pytest.ExceptionInfo[Any]) -> str:
    return str(refused.value.code)


def test_a_number_that_is_none_has_no_place_in_a_request() -> None:
    for wrong in (Decimal("NaN"), Decimal("Infinity")):
        with pytest.raises(TypeError):
            rules.plain(wrong)
    for bent in (datetime(2026, 1, 1), {1: "x"}):  # noqa: DTZ001 - that is the point
        with pytest.raises(TypeError):
            rules.plain(bent)
    assert rules.plain((Decimal("1.50"), date(2026, 1, 2))) == ["1.50", "2026-01-02"]
    with pytest.raises(ValueError, match="JSON object"):
        rules.payload_of(b"[1]")


def test_a_signer_who_is_asked_already_is_not_added(shelf: Shelf) -> None:
    run = ask("toy.two")
    signer = person("qian_it").pk
    add: dict[str, Any] = {
        "run_id": run.pk,
        "by": person("wang_supervisor"),
        "person_id": signer,
    }
    approvals.add_signer(**add, now=NOW, where="after")
    with pytest.raises(Conflict) as refused:
        approvals.add_signer(**add, now=NOW, where="after")
    assert code_of(refused) == "asked_already"


def test_between_two_steps_there_is_room_for_so_many(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "GAP", 1)
    run = ask("toy.two")
    with pytest.raises(Conflict) as refused:
        approvals.add_signer(
            run_id=run.pk, by=person("wang_supervisor"), now=NOW, person_id=person("qian_it").pk, where="after",
        )  # fmt: skip
    assert code_of(refused) == "no_room"


def test_no_signer_comes_before_a_step_in_which_somebody_has_decided(shelf: Shelf) -> None:
    run = ask("toy.both")
    approvals.approve(run_id=run.pk, by=person("qian_it"), now=NOW)
    with pytest.raises(Conflict) as refused:
        approvals.add_signer(
            run_id=run.pk, by=person("chen_manager"), now=NOW, person_id=person("zhao_operations").pk,
            where="before",
        )  # fmt: skip
    assert code_of(refused) == "decided"


def test_nobody_is_brought_in_who_is_not_there(shelf: Shelf) -> None:
    run = ask()
    with pytest.raises(Invalid) as refused:
        approvals.forward(run_id=run.pk, by=person("chen_manager"), now=NOW, person_id=10**9, reason="x")
    assert code_of(refused) == "person"


def test_an_empty_comment_says_nothing(shelf: Shelf) -> None:
    run = ask()
    with pytest.raises(Invalid) as refused:
        approvals.comment(run_id=run.pk, by=person("li_lei"), now=NOW, text="  \n")
    assert code_of(refused) == "empty"


def test_a_request_is_about_what_its_kind_is_about(shelf: Shelf) -> None:
    with pytest.raises(LookupError, match="is about 'toy'"):
        ask(subject=note()._replace(type="order"))


def test_a_kind_without_a_chain_in_the_book_cannot_be_asked_for(shelf: Shelf) -> None:
    kinds.register_kind(replace(kinds.kind_of("toy.price"), code="toy.unheard"))
    with pytest.raises(Refused) as refused:
        ask("toy.unheard")
    assert code_of(refused) == "no_chain"


def test_the_run_that_passed_before_may_be_named(shelf: Shelf) -> None:
    first, other = ask(), ask(subject=note(2))
    for run in (first, other):
        approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW)
    evidence = {"price": "1.00", "evidence": {"competitor_prices": ["x"]}}
    after = ask("toy.after", payload=evidence, follows=other.pk, subject=note(3))
    assert after.follows_id == other.pk
    with pytest.raises(Refused) as refused:
        ask("toy.after", payload=evidence, follows=after.pk, subject=note(4))
    assert code_of(refused) == "chain_before"


def test_what_does_not_carry_itself_out_is_the_requesters(shelf: Shelf) -> None:
    """Its clock is the one that the kind names for the run."""
    named = replace(
        kinds.kind_of("toy.price"), executes_itself=False, execute_rule=lambda _run: "approvals.execute"
    )
    kinds.register_kind(named)
    run = ask()
    assert approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW).state == "agreed"
    with pytest.raises(Forbidden) as refused:
        approvals.execute(run_id=run.pk, by=person("chen_manager"), now=NOW)
    assert code_of(refused) == "not_the_executor"
    approvals.hold(run.as_subject)
    assert approvals.execute(run_id=run.pk, by=person("li_lei"), now=NOW).state == "executed"
    kinds.register_kind(replace(named, execute_rule="of.another.book"))
    later = ask(subject=note(2))
    assert (
        approvals.approve(run_id=later.pk, by=person("chen_manager"), now=NOW).execute_rule
        == "approvals.execute"
    )


def test_what_the_database_refuses_otherwise_is_no_second_request(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise IntegrityError("another constraint")

    monkeypatch.setattr(submitting, "add_copies", refuse)
    with pytest.raises(IntegrityError, match="another constraint"):
        ask()
    assert not Run.objects.filter(kind="toy.price").exists()


def test_a_draft_has_its_length(shelf: Shelf) -> None:
    with pytest.raises(Invalid) as refused:
        approvals.save_draft(
            kind="toy.price", subject=note(), payload={"price": "1" * 4_000_000}, by=person("li_lei"), now=NOW
        )
    assert code_of(refused) == "too_long"


def test_a_request_named_twice_is_decided_by_nobody(shelf: Shelf) -> None:
    run = ask()
    one = approvals.Decision(run_id=run.pk, act="approve", revision=run.revision)
    with pytest.raises(Conflict) as refused:
        approvals.decide_many(decisions=[one, one], by=person("chen_manager"), now=NOW)
    assert code_of(refused) == "twice"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"reason": " "}, "reason"),
        ({"ends_at": NOW - DAY}, "dates"),
        ({"ends_at": NOW + 400 * DAY}, "dates"),
        ({"deputy_id": 10**9}, "person"),
    ],
)
def test_a_deputy_needs_a_time_a_person_and_a_reason(
    shelf: Shelf, changed: dict[str, Any], code: str
) -> None:
    given: dict[str, Any] = {
        "deputy_id": person("qian_it").pk, "starts_at": NOW, "ends_at": NOW + DAY, "reason": "leave", **changed
    }  # fmt: skip
    with pytest.raises(Invalid) as refused:
        approvals.name_deputy(**given, by=person("chen_manager"), now=NOW)
    assert code_of(refused) == code


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"absent": "1"}, "payload"),
        ({"deputy": 1}, "payload"),
        ({"from": "never"}, "payload"),
        ({"until": "2026-13-45T00:00:00Z"}, "payload"),
        ({"until": "2026-11-01T00:00:00Z"}, "dates"),
    ],
)
def test_a_bent_paper_of_a_deputy_is_none(changed: dict[str, Any], code: str) -> None:
    paper = {"absent": 1, "deputy": 2, "from": "2026-11-23T00:00:00Z", "until": "2026-11-24T00:00:00Z"}
    deputies.check(paper)
    with pytest.raises(Invalid) as refused:
        deputies.check(paper | changed)
    assert code_of(refused) == code


@pytest.mark.parametrize(
    "changed", [{"book": "moon"}, {"sha256": 1}, {"from": ""}, {"from": "2026-13-45T00:00:00Z"}]
)
def test_a_bent_paper_of_a_rulebook_is_none(changed: dict[str, Any]) -> None:
    paper = {"book": "mall", "sha256": "x", "from": "2026-12-01T00:00:00Z"}
    activation.check(paper)
    with pytest.raises(Invalid):
        activation.check(paper | changed)


def test_a_proposed_book_whose_text_this_release_no_longer_ships_is_not_put_in_force(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for who in ("chen_manager", "zhou_general"):
        person(who)
    run = activation.propose_activation(
        book="mall", starts_at=NOW + 30 * DAY, by=person("chen_manager"), now=NOW
    )
    monkeypatch.setattr(activation, "shipped_digest", lambda _book: "another")
    (shown,) = activation.exhibits(run, person("zhou_general"), NOW)
    assert shown.context["refused"]
    with pytest.raises(Conflict) as refused:
        activation.apply(run, run.payload, None, NOW)
    assert code_of(refused) == "another_text"
    monkeypatch.undo()
    with pytest.raises(Invalid):
        activation.apply(run, run.payload | {"from": "no instant"}, None, NOW)
    assert rulebook.book(NOW + 60 * DAY).code == "site"


def test_a_seat_is_looked_at_again_and_left_when_nothing_has_changed(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ask("toy.two")
    act = begin(run.pk, None, NOW, None)
    assert resolving._resolve(act) == 0
    approvals.withdraw(run_id=run.pk, by=person("li_lei"), now=NOW, reason="a mistake")
    assert resolving._resolve(begin(run.pk, None, NOW, None)) == 0
    other = ask("toy.two", subject=note(2))
    monkeypatch.setattr(resolving, "seats_now", lambda _act: [])
    assert resolving._resolve(begin(other.pk, None, NOW, None)) == 0


def test_what_was_not_read_beforehand_cannot_be_one_of_many(shelf: Shelf) -> None:
    with pytest.raises(LookupError):
        view_of(begin(ask().pk, None, NOW, None))


def test_a_row_that_is_gone_is_no_change(shelf: Shelf) -> None:
    run = ask()
    ghost = Run.objects.get(pk=run.pk)
    ghost.pk = 10**9
    with pytest.raises(LookupError, match="1 rows of"):
        Change.write([Change([ghost], ("revision",))], NOW)
    writes = Writes(None, NOW)  # of nothing nothing is noted
    writes.insert()
    writes.change([], "revision")
