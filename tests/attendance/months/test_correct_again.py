"""A missing punch that came back is changed and asked again; what was begun is kept while the page is left."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from attendance.models import CorrectedPunch
from attendance.services.corrections import Missing, ask_correction
from attendance.subjects import day_subject
from office.approvals import api as approvals
from office.errors import Invalid
from tests.attendance.clock import DAY, at
from tests.attendance.months.world import absent, agree, asked, picture
from tests.attendance.shifts import AFTER
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db


def back(run: approvals.Run) -> approvals.Run:
    return approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=AFTER, reason="下班时间对不上")


@pytest.mark.clause("S2d")
def test_changed_it_is_asked_again_with_the_proof_of_before_or_another() -> None:
    li = person("li_lei")
    absent(li)
    run = back(asked(li))
    first = run.payload["evidence"]["proof"]
    given: dict[str, Any] = {"day": DAY, "reason": "按门口录像改", "by": li, "now": AFTER}
    missing = [Missing(at("08:30"), "in"), Missing(at("17:40"), "out")]
    again = ask_correction(**given, missing=missing, proof=None, proof_name="", again=run)
    assert (again.pk, again.round, again.payload["evidence"]["proof"]) == (run.pk, 2, first)
    back(again)
    third = ask_correction(**given, missing=missing, proof=picture(), proof_name="b.png", again=again)
    assert third.round == 3
    agree(third)
    assert [f"{row.at:%H%M}" for row in CorrectedPunch.objects.order_by("at")] == ["0030", "0940"]


def test_a_first_request_wants_its_proof() -> None:
    with pytest.raises(Invalid) as refused:
        ask_correction(
            day=DAY, missing=[Missing(at("08:30"), "in")], reason="x", proof=None, proof_name="",
            by=person("li_lei"), now=AFTER,
        )  # fmt: skip
    assert refused.value.errors[0]["path"] == "file"


def test_the_page_shows_why_and_what_was_asked() -> None:
    li = person("li_lei")
    absent(li)
    browser, where = signed_in("li_lei"), reverse("attendance:day", args=[li.pk, f"{DAY}"])
    keep = reverse("approvals:draft", args=["attendance.correction", day_subject(li, DAY).id])
    typed = {"arrived": "08:31", "left": "", "reason": "写到一半"}
    assert browser.post(keep, typed, headers={"accept": "application/json"}).status_code == 200
    assert "写到一半" in browser.get(where).content.decode()
    proof = SimpleUploadedFile("a.png", picture(), "image/png")
    browser.post(where, {"arrived": "08:31", "left": "18:30", "reason": "断电", "file": proof})
    run = back(approvals.runs_about(day_subject(li, DAY), li, AFTER)[0])
    page = browser.get(where).content.decode()
    for shown in ("下班时间对不上", "断电", 'value="08:31"', 'value="18:30"'):
        assert shown in page
    refused = browser.post(where, {"arrived": "08:31", "reason": ""})
    assert refused.status_code == 422
    answer = browser.post(where, {"arrived": "08:31", "left": "+", "reason": "x"})
    assert answer.status_code == 422
    answer = browser.post(
        where, {"arrived": "08:31", "left": "01:10", "after_midnight": "on", "reason": "改"}
    )
    assert answer["Location"] == reverse("approvals:run", args=[run.pk])
    back(run)
    assert "checked" in browser.get(where).content.decode().split('name="after_midnight"')[1][:120]
    assert "下班时间对不上" not in signed_in("wang_supervisor").get(where).content.decode()
