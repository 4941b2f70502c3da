"""Somebody who means ill: reading what is hidden, deciding for two, nonsense in every field."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from itertools import cycle
from typing import Any

import pytest
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from office.approvals import api as approvals
from office.approvals import forms
from office.approvals.models import Comment, Run, Seat, Vote
from office.approvals.services import drafting
from office.approvals.views.acts import VERBS
from office.errors import Conflict, Refused
from tests.approvals.cast import NOW, Shelf, ask, give, note
from tests.people import person, signed_in
from tests.shell.test_bad_input import naughty

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shelf")]
QUEUE = "/approvals/"
FAR = "9" * 25


def asked(**more: Any) -> Run:
    return ask(now=timezone.now(), **more)


def test_a_machine_learns_nothing_of_a_hidden_run() -> None:
    """A refusal for machines says what happened meanwhile: to whoever may see the run only."""
    run = asked(subject=note("secret"))
    data = {"one": f"approve:{run.pk}", f"revision-{run.pk}": "99"}
    for who in ("han_meimei", "sun_admin"):
        answer = signed_in(who).post(QUEUE + "decide/", data, HTTP_ACCEPT="application/json")
        assert answer.status_code == 404
        assert "since" not in answer.json()
    assert (
        signed_in("chen_manager").post(QUEUE + "decide/", data, HTTP_ACCEPT="application/json").status_code
        == 409
    )


def test_of_a_run_that_is_not_ones_own_every_act_is_a_404_and_changes_nothing() -> None:
    run = asked()
    browser = signed_in("han_meimei")
    for act in VERBS:
        data = {
            "words": "x",
            "person": person("han_meimei").pk,
            "people": [person("han_meimei").pk],
            "ok": "yes",
        }
        assert browser.post(reverse("approvals:act", args=[run.pk, act]), data).status_code == 404
    for who in ("li_lei", "han_meimei"):
        assert signed_in(who).get(reverse("approvals:act", args=[run.pk, "approve"])).status_code == 405
    run.refresh_from_db()
    assert (run.revision, run.state) == (1, "running")


def test_two_who_must_both_agree_do_not_become_one_by_forwarding() -> None:
    run = ask("toy.both")
    with pytest.raises(Conflict) as caught:
        approvals.forward(
            run_id=run.pk,
            person_id=person("qian_it").pk,
            by=person("chen_manager"),
            now=NOW,
            reason="you do it",
        )
    assert caught.value.code == "asked_already"
    approvals.approve(run_id=run.pk, by=person("qian_it"), now=NOW)
    with pytest.raises(Conflict):
        approvals.forward(
            run_id=run.pk,
            person_id=person("qian_it").pk,
            by=person("chen_manager"),
            now=NOW,
            reason="you do it",
        )


def test_a_request_comes_back_to_its_requester_by_no_way_round() -> None:
    """Through a signer, a forwarding, a deputy of a decider, an acting post and a vacant post: always somebody else."""
    now = timezone.now()
    lei, chen = person("li_lei"), person("chen_manager")
    deputy = approvals.name_deputy(
        deputy_id=lei.pk, starts_at=now, ends_at=now + dt.timedelta(days=3), reason="leave", by=chen, now=now
    )
    approvals.approve(run_id=deputy.pk, by=person("zhou_general"), now=now)
    give("li_lei", "general_manager", acting=True)
    give("li_lei", "it_manager", acting=True)
    for kind in ("toy.price", "toy.both", "toy.either"):
        run = asked(kind=kind, subject=note(kind))
        for by in ("chen_manager", "qian_it", "zhou_general", "wang_supervisor"):
            with pytest.raises(Refused):
                approvals.add_signer(run_id=run.pk, person_id=lei.pk, by=person(by), now=now)
            with pytest.raises(Refused):
                approvals.forward(run_id=run.pk, person_id=lei.pk, by=person(by), now=now, reason="x")
        with pytest.raises(approvals.OwnRequest):
            approvals.approve(run_id=run.pk, by=lei, now=now)
        assert not Seat.objects.filter(run=run, person=lei).exists()
        assert run.pk not in {line.run.pk for line in queue_of("li_lei")}
    assert not Vote.objects.filter(run__requester=lei).exists()


def queue_of(who: str) -> list[Any]:
    answer: Any = signed_in(who).get(QUEUE)
    return list(answer.context["lines"])


@pytest.mark.parametrize("rows", [["-1"], ["2"], [FAR], ["0", "1"], ["x"], ["0.5"], ["999999999999999"]])
def test_rows_that_are_none_refuse_the_whole_act(rows: list[str], shelf: Shelf) -> None:
    run = asked(payload={"rows": [{"price": "11.00"}, {"price": "13.00"}]})
    answer = signed_in("chen_manager").post(
        reverse("approvals:act", args=[run.pk, "approve"]), {"revision": 1, "refuse_rows": rows}
    )
    assert answer.status_code == 422
    assert not Vote.objects.exists()
    assert shelf.applied == []


@pytest.mark.parametrize(
    "path", ["{n}/", "{n}/approve/", "deputy/{n}/end/", "drafts/{n}/discard/", "drafts/x/{n}/"]
)
def test_a_number_beyond_all_numbers_is_not_there(path: str) -> None:
    browser = signed_in("chen_manager")
    where = QUEUE + path.format(n=FAR)
    assert browser.post(where).status_code in (404, 405)
    assert browser.get(where).status_code in (404, 405)


@pytest.mark.parametrize(
    "data",
    [
        {"one": f"approve:{FAR}"},
        {"one": "approve:999999999999999", "revision-999999999999999": FAR},
        {"act": "approve", "pick": [str(number) for number in range(201)]},
        {"one": ":"},
        {"one": "approve:1", "kind": "x" * 5000, "after": "\r\nSet-Cookie: a=b"},
    ],
)
def test_nonsense_in_the_queues_form_is_no_fault(data: dict[str, Any]) -> None:
    assert signed_in("chen_manager").post(QUEUE + "decide/", data).status_code in (404, 422)


@pytest.mark.parametrize("start", ["0001-01-01T00:00", "9999-12-31T23:59", "2026-02-30T00:00", "1e9", FAR])
def test_days_beyond_the_calendar_are_refused(start: str) -> None:
    end = {"0001-01-01T00:00": "9999-12-31T23:59"}.get(start, "9999-12-31T23:59")
    data = {"person": person("han_meimei").pk, "starts_at": start, "ends_at": end, "reason": "x"}
    assert signed_in("li_lei").post(QUEUE + "deputy/", data).status_code == 422
    book = {"book": "mall", "starts_at": start, "comment": "x"}
    assert signed_in("chen_manager").post(QUEUE + "rulebook/", book).status_code == 422
    assert not Run.objects.exists()


def test_huge_words_are_refused_and_not_lost() -> None:
    run = asked()
    for act in ("approve", "comment", "reject", "execute"):
        answer = signed_in("chen_manager").post(
            reverse("approvals:act", args=[run.pk, act]), {"revision": 1, "words": "长" * 100_000}
        )
        assert answer.status_code == 422
        assert "长长长" in answer.content.decode()
    assert not Vote.objects.exists()


@pytest.mark.slow
def test_naughty_strings_in_every_field_are_taken_or_refused() -> None:
    """Each through the forms, every third kept as a comment or a draft, every twentieth through a door of its own."""
    run, lei = asked(kind="toy.two"), person("li_lei")
    for number, text in enumerate(naughty()):
        form = forms.Act(dict.fromkeys(("words", "people", "person", "step", "where", "revision"), text))
        assert not form.is_valid()
        read_words = forms.Act({"words": text})
        with suppress(Refused):
            if read_words.is_valid() and number % 3 == 0:
                approvals.comment(run_id=run.pk, by=lei, now=NOW, text=read_words.cleaned_data["words"])
            if number % 3 == 1:
                fields = [("reason", text), (text[:50], text)]
                drafting.save_form(
                    kind="toy.price", subject_id="1", label=text, fields=fields, by=lei, now=NOW
                )
        query = QueryDict(mutable=True)
        query.update(
            {"one": text, "act": text, "pick": text, f"words-{text}": text, f"revision-{text}": text}
        )
        with pytest.raises(Refused):
            forms.read_decisions(query)
        assert forms.line_after(query, {1}) is None
        assert forms.read_after(text) is None
    browser, doors = (
        signed_in("li_lei"),
        cycle(["decide/", "deputy/", "drafts/toy.price/1/", f"{run.pk}/withdraw/", ""]),
    )
    for text, door in zip(naughty()[::10], doors, strict=False):
        data = dict.fromkeys(
            ("one", "reason", "starts_at", "draft-opened", "revision", "tab", "kind", "after"), text
        )
        answer = browser.post(QUEUE + door, data) if door else browser.get(QUEUE, data)
        assert answer.status_code < 500, (door, text)
    assert browser.get(QUEUE, {"tab": "asked"}).status_code == 200
    assert browser.get(f"{QUEUE}{run.pk}/").status_code == 200
    assert Comment.objects.count() > len(naughty()) / 6


def test_who_has_left_decides_nothing_even_what_was_passed_to_him_by_name() -> None:
    run = asked()
    approvals.forward(
        run_id=run.pk,
        by=person("chen_manager"),
        person_id=person("zhou_general").pk,
        reason="x",
        now=timezone.now(),
    )
    gone = person("zhou_general")
    gone.is_active = False
    gone.save(update_fields=["is_active"])
    verbs: list[Any] = [approvals.approve, approvals.reject, approvals.return_to]
    for verb, more in zip(verbs, ({}, {"reason": "x"}, {"reason": "x"}), strict=True):
        with pytest.raises(Refused):
            verb(run_id=run.pk, by=gone, now=timezone.now(), **more)
    assert not Vote.objects.filter(person=gone).exists()
