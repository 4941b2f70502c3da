"""What somebody has begun to ask for: kept while it is typed, his own only, gone once it is handed in."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from office.approvals import api as approvals
from office.approvals.models import Draft
from office.approvals.selectors.drafts import drafts_of, form_draft
from office.approvals.services import drafting
from office.errors import Conflict, Invalid, NotFound
from tests.approvals.cast import MINUTE, NOW, ask, note
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shelf")]
JSON = {"HTTP_ACCEPT": "application/json"}


def keep(who: str = "li_lei", fields: Any = (("price", "11.00"),), **more: Any) -> Draft:
    return drafting.save_form(
        **{"kind": "toy.price", "subject_id": "1", "label": "cup 1", "fields": fields, "by": person(who),
           "now": NOW, **more}
    )  # fmt: skip


def post(who: str, data: dict[str, Any], kind: str = "toy.price", subject: str = "1", **more: Any) -> Any:
    return signed_in(who).post(reverse("approvals:draft", args=[kind, subject]), data, **more)


def test_the_form_comes_back_as_it_was_left_its_many_values_too() -> None:
    keep(fields=[("price", "11.00"), ("shops", "TM01"), ("shops", "JD01"), ("why", "")])
    found = form_draft(person("li_lei"), "toy.price", "1")
    assert found.data is not None
    assert found.data.getlist("shops") == ["TM01", "JD01"]
    assert found.initial == {"price": "11.00", "shops": ["TM01", "JD01"], "why": ""}
    for who, kind in (("han_meimei", "toy.price"), ("li_lei", "toy.two")):
        nothing = form_draft(person(who), kind, 1, "cup")
        assert (nothing.pk, nothing.initial, nothing.label) == (None, {}, "cup")


def test_a_script_saves_and_is_told_the_instant() -> None:
    answer = post("li_lei", {"price": "11.00", "csrfmiddlewaretoken": "t", "password": "p"}, **JSON)
    draft = Draft.objects.get()
    assert answer.json()["saved_at"] == draft.saved_at.isoformat()
    assert draft.payload == {"form": [["price", "11.00"]]}


def test_a_plain_button_saves_too_and_the_list_leads_on() -> None:
    answer = post("li_lei", {"reason": "leave", "draft-label": "李雷"}, kind="approvals.deputy", subject="7")
    assert answer.status_code == 302
    (line,) = drafts_of(person("li_lei"))
    assert line.url == reverse("approvals:deputy")
    page = signed_in("li_lei").get(answer["Location"]).content.decode()
    assert f'href="{line.url}"' in page


def test_a_draft_of_another_window_is_not_overwritten_unseen() -> None:
    first = keep(opened_at=NOW)
    with pytest.raises(Conflict) as caught:
        keep(opened_at=NOW, now=NOW + MINUTE)
    assert (caught.value.code, caught.value.params["saved_at"]) == ("elsewhere", first.saved_at.isoformat())
    again = keep(opened_at=NOW, seen_at=first.saved_at, now=NOW + MINUTE)
    assert (again.pk, again.saved_at) == (first.pk, NOW + MINUTE)


def test_a_late_save_does_not_bring_back_what_was_handed_in() -> None:
    opened = NOW - MINUTE
    keep()
    ask(subject=note(1))
    assert not Draft.objects.exists()
    with pytest.raises(Conflict) as caught:
        keep(opened_at=opened, now=NOW + MINUTE)
    assert caught.value.code == "handed_in"
    keep(opened_at=NOW + MINUTE, now=NOW + 2 * MINUTE)


def test_what_was_begun_without_a_subject_goes_with_its_request() -> None:
    keep(subject_id=drafting.NEW)
    ask(subject=note(5), draft=drafting.NEW)
    assert not Draft.objects.exists()
    with pytest.raises(Conflict):
        keep(subject_id=drafting.NEW, opened_at=NOW - MINUTE, now=NOW + MINUTE)


def test_the_draft_of_a_returned_request_goes_when_it_is_asked_again() -> None:
    run = ask()
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOW, reason="why?")
    keep()
    approvals.resubmit(run_id=run.pk, payload={"price": "11.00"}, by=person("li_lei"), now=NOW)
    assert not Draft.objects.exists()


def test_nobody_reads_or_discards_the_draft_of_another() -> None:
    draft = keep()
    where = reverse("approvals:discard_draft", args=[draft.pk])
    assert signed_in("han_meimei").post(where).status_code == 404
    assert drafts_of(person("han_meimei")) == []
    assert signed_in("li_lei").post(where, {"list": "1"}).status_code == 302
    assert not Draft.objects.exists()


def test_drafts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Invalid):
        keep(fields=[("text", "x" * (drafting.LONGEST + 1))])
    monkeypatch.setattr(drafting, "MOST", 2)
    keep(), keep(subject_id="2")
    with pytest.raises(Conflict) as caught:
        keep(subject_id="3")
    assert caught.value.code == "too_many"
    keep(subject_id="2", now=NOW + MINUTE)


def test_a_kind_that_is_none_keeps_nothing() -> None:
    with pytest.raises(NotFound):
        keep(kind="no.such")
    assert post("li_lei", {"x": "1"}, kind="no.such", **JSON).status_code == 404
    assert not Draft.objects.exists()


@pytest.mark.parametrize("text", ["x", "2026-99-99T00:00:00+00:00", "2026-01-01", "\0"])
def test_an_instant_that_is_none_is_no_fault(text: str) -> None:
    assert (
        post("li_lei", {"price": "1\0", "draft-opened": text, "draft-seen": text}, **JSON).status_code == 200
    )
    assert Draft.objects.get().payload == {"form": [["price", "1"]]}


def test_a_get_keeps_nothing() -> None:
    draft = keep()
    browser = signed_in("li_lei")
    assert browser.get(reverse("approvals:draft", args=["toy.price", "1"])).status_code == 405
    assert browser.get(reverse("approvals:discard_draft", args=[draft.pk])).status_code == 405
    assert Draft.objects.count() == 1


def test_the_page_for_a_deputy_shows_the_draft() -> None:
    me = person("li_lei")
    start = timezone.localtime() + dt.timedelta(days=2)
    fields = [("reason", "回乡探亲"), ("starts_at", f"{start:%Y-%m-%dT%H:%M}")]
    keep(kind="approvals.deputy", subject_id=str(me.pk), fields=fields)
    page = signed_in("li_lei").get(reverse("approvals:deputy")).content.decode()
    assert "回乡探亲" in page
    assert f"{start:%Y-%m-%dT%H:%M}" in page
