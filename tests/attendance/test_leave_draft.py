"""What is typed into the request for leave stays when the page is left, until it is handed in."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import Leave
from office.approvals.models import Draft
from office.approvals.selectors.drafts import drafts_of
from tests.attendance.leaves import everybody
from tests.attendance.test_leave_pages import working
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db
ASK, TELL = reverse("attendance:leave_ask"), reverse("attendance:leave_tell")
KEEP = reverse("approvals:draft", args=["attendance.leave", "new"])


@pytest.fixture(autouse=True)
def _cast() -> None:
    everybody()


def typed(**more: str) -> dict[str, str]:
    return {
        "kind": "personal",
        "portion": "days",
        "first_day": f"{working(5)}",
        "reason": "陪家人看病",
        **more,
    }


def begin(client: Client, **more: str) -> None:
    assert client.post(KEEP, typed(**more), headers={"accept": "application/json"}).status_code == 200


def test_what_was_typed_stands_there_again() -> None:
    client = signed_in("li_lei")
    begin(client, kind="sick")
    page = client.get(ASK).content.decode()
    assert "陪家人看病" in page
    assert '<option value="sick" selected>' in page
    assert "data-draft" in page
    (line,) = drafts_of(person("li_lei"))
    assert line.url == ASK
    assert "陪家人看病" not in signed_in("han_meimei").get(ASK).content.decode()


def test_handing_in_ends_the_draft() -> None:
    client = signed_in("li_lei")
    begin(client)
    refused = client.post(ASK, typed(reason=""))
    assert refused.status_code == 422
    assert Draft.objects.exists()
    assert client.post(ASK, typed()).status_code == 302
    assert not Draft.objects.exists()


def test_told_by_telephone_instead_the_draft_of_these_days_ends_and_no_other() -> None:
    client = signed_in("li_lei")
    today = f"{timezone.localdate()}"
    call = {
        "told_to": person("chen_manager").pk, "told_at": f"{timezone.localtime():%Y-%m-%dT%H:%M}",
        "told_what": "发烧", "kind": "sick", "portion": "days", "first_day": today,
    }  # fmt: skip
    begin(client)
    last = {"last_day": f"{timezone.localdate() + dt.timedelta(days=12)}"}
    assert client.post(TELL, {**call, **last}).status_code == 302
    assert Draft.objects.exists()
    Leave.objects.update(state="withdrawn", ended_at=timezone.now())
    begin(client, first_day=today)
    assert client.post(TELL, {**call, **last}).status_code == 302
    assert not Draft.objects.exists()


def test_a_half_filled_or_strange_form_is_no_fault() -> None:
    client = signed_in("li_lei")
    begin(
        client,
        first_day="not a day",
        last_day="0000-00-00",
        kind="' OR 1=1",
        begins="99:99",
        reason="\x00<b>",
    )
    page = client.get(ASK)
    assert page.status_code == 200
    assert "&lt;b&gt;" in page.content.decode()
