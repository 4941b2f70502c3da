"""Attachments of content: chosen from the library, kept in the version, open to anybody while it is on the site."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from cms.models import Asset, Column, Item
from cms.selectors import attachments
from cms.services import assets
from office.errors import Invalid
from tests.cms import stage
from tests.cms.stage import HOUR, NOW, column, edit, mall, on_the_site, said, write
from tests.cms.uploads import asset, picture
from tests.people import person, signed_in

pytestmark = pytest.mark.usefixtures("staffed")


def sha_of(made: Asset) -> str:
    assert made.newest is not None
    return made.newest.stored.sha256


def test_what_is_chosen_comes_from_the_library_in_order_and_what_is_there_stays() -> None:
    first, second = asset("一", "picture"), asset("二", "picture", upload=picture(4))
    wanted = [sha_of(second), sha_of(first), sha_of(second)]
    assert attachments.chosen(wanted, [], NOW) == [(sha_of(second), "图.png"), (sha_of(first), "图.png")]
    assets.set_retired(asset_id=first.pk, retired=True, by=person("zheng_designer"), now=NOW)
    kept = [[sha_of(first), "旧名.png"]]
    assert attachments.chosen([sha_of(first)], kept, NOW) == [(sha_of(first), "旧名.png")]
    with pytest.raises(Invalid):
        attachments.chosen([sha_of(first)], [], NOW)


@pytest.mark.parametrize("wanted", [["0" * 64], ["'; --"], [f"{number:064}" for number in range(21)]])
def test_what_the_library_does_not_offer_is_refused(wanted: list[str]) -> None:
    with pytest.raises(Invalid):
        attachments.chosen(wanted, [], NOW)


@pytest.mark.clause("J4")
def test_a_poster_that_nobody_agreed_to_is_not_attached_in_the_mall() -> None:
    mall()
    poster = asset()
    with pytest.raises(Invalid):
        attachments.chosen([sha_of(poster)], [], NOW)


def form_of(item: Item, *sha256s: str) -> dict[str, Any]:
    texts = said(item.kind).texts
    return {
        **texts, "column": item.column_id, "seen": item.newest.number if item.newest else 0,
        "attaching": "1", "attached": list(sha256s),
    }  # fmt: skip


def test_the_editor_attaches_and_takes_away() -> None:
    now = timezone.now()
    made, item = asset("一", "picture", now=now), write(now=now - HOUR)
    client = signed_in("tang_writer")
    address = f"/site/items/{item.pk}/edit/"
    assert client.post(address, form_of(item, sha_of(made))).status_code == 302
    item.refresh_from_db()
    assert item.newest is not None
    assert item.newest.files == [[sha_of(made), "图.png"]]
    page = client.get(f"/site/items/{item.pk}/").content.decode()
    file = f"/site/items/{item.pk}/versions/2/files/0/"
    assert file in page
    assert client.get(file).status_code == 200
    assert client.get(f"/site/items/{item.pk}/versions/2/files/1/").status_code == 404
    refused = client.post(address, form_of(item, sha_of(made), "0" * 64))
    assert refused.status_code == 422
    assert sha_of(made) in refused.content.decode()
    assert client.post(address, form_of(item)).status_code == 302
    item.refresh_from_db()
    assert item.newest.files == []


def test_a_form_that_does_not_speak_of_attachments_leaves_them() -> None:
    now = timezone.now()
    made, item = asset("一", "picture", now=now), write(now=now - HOUR)
    edit(item, "tang_writer", files=[(sha_of(made), "图.png")], now=now)
    item.refresh_from_db()
    form = form_of(item)
    del form["attaching"], form["attached"]
    form["title"] = "换个题目"
    assert signed_in("tang_writer").post(f"/site/items/{item.pk}/edit/", form).status_code == 302
    item.refresh_from_db()
    assert item.newest is not None
    assert (item.newest.title, len(item.newest.files)) == ("换个题目", 1)


def test_anybody_reads_the_attachments_of_what_is_on_the_site_and_of_nothing_else() -> None:
    made, draft = asset("一", "picture"), asset("二", "picture", upload=picture(4))
    item = on_the_site(files=[(sha_of(made), "图.png")])
    edit(item, "tang_writer", files=[(sha_of(draft), "图.png")])
    slug = column().slug
    reader = Client()
    with time_machine.travel(NOW + HOUR, tick=False):
        page = reader.get(f"/pages/{slug}/{item.pk}/").content.decode()
        shown = reader.get(f"/pages/{slug}/{item.pk}/files/{sha_of(made)}")
        hidden = reader.get(f"/pages/{slug}/{item.pk}/files/{sha_of(draft)}")
    assert f"/pages/{slug}/{item.pk}/files/{sha_of(made)}" in page
    assert (shown.status_code, shown["Content-Type"], shown["Cache-Control"]) == (
        200, "image/png", "public, no-cache",
    )  # fmt: skip
    assert "sandbox" in shown["Content-Security-Policy"]
    assert not shown.cookies
    assert hidden.status_code == 404
    with time_machine.travel(NOW - HOUR, tick=False):
        assert reader.get(f"/pages/{slug}/{item.pk}/files/{sha_of(made)}").status_code == 404
    stage.shown(Column.objects.get(slug=slug), active=False)
    with time_machine.travel(NOW + HOUR, tick=False):
        assert reader.get(f"/pages/{slug}/{item.pk}/files/{sha_of(made)}").status_code == 404
