"""A request to take something off the site: what is typed is kept, what comes back is asked again."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from cms.rules import content
from cms.services import publishing
from office.approvals import api as approvals
from office.approvals.models import Draft, Run
from tests.cms.stage import on_the_site
from tests.people import person, signed_in

pytestmark = pytest.mark.usefixtures("staffed")


def test_what_was_typed_is_kept_and_found_again() -> None:
    item = on_the_site(now=timezone.now())
    writer, page = signed_in("tang_writer"), f"/site/items/{item.pk}/"
    keep = reverse("approvals:draft", args=[content.ENDING, item.pk])
    assert writer.post(keep, {"reason": "展期已过", "draft-label": "新展厅开放"}).status_code in {200, 302}
    text = writer.get(page).content.decode()
    assert "展期已过" in text
    assert "js/drafts.js" in text
    assert "展期已过" not in signed_in("lin_editor").get(page).content.decode()
    assert writer.post(f"{page}end/", {"reason": "展期已过"}).status_code == 302
    assert not Draft.objects.exists()


def test_a_draft_goes_when_it_ends_at_once() -> None:
    item = on_the_site("headline", "tang_writer", link="https://shop.example/sale", now=timezone.now())
    editor = signed_in("lin_editor")
    editor.post(reverse("approvals:draft", args=[content.ENDING, item.pk]), {"reason": "换新"})
    assert Draft.objects.count() == 1
    assert editor.post(f"/site/items/{item.pk}/end/", {"reason": "换新"}).status_code == 302
    assert not Draft.objects.exists()


def test_what_was_returned_is_asked_again_by_who_asked() -> None:
    now = timezone.now()
    item = on_the_site(now=now)
    first = publishing.end_item(item_id=item.pk, reason="过期", by=person("tang_writer"), now=now)
    assert isinstance(first, Run)
    approvals.return_to(run_id=first.pk, by=person("chen_manager"), now=now, reason="为什么？")
    page = signed_in("tang_writer").get(f"/site/items/{item.pk}/").content.decode()
    assert 'id="end-reason"' in page
    assert "过期" in page
    assert 'id="end-reason"' not in signed_in("lin_editor").get(f"/site/items/{item.pk}/").content.decode()
    writer = signed_in("tang_writer")
    assert writer.post(f"/site/items/{item.pk}/end/", {"reason": "展期已过"}).status_code == 302
    again = Run.objects.get(pk=first.pk)
    assert (again.state, again.round, again.payload["reason"]) == ("running", 2, "展期已过")
