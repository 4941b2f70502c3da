"""Attachments are part of what is agreed to: of the library, final where posters are, named in the feed."""

from __future__ import annotations

import json

import pytest
import time_machine
from django.test import Client

from office.errors import Invalid, Refused
from tests.cms.stage import HOUR, NOW, edit, hand_in, mall, on_the_site, write
from tests.cms.uploads import asset

pytestmark = pytest.mark.usefixtures("staffed")


def pair(made: object, name: str = "展厅.png") -> tuple[tuple[str, str], ...]:
    return ((made.newest.stored.sha256, name),)  # type: ignore[attr-defined]


@pytest.mark.clause("C6.1")
def test_another_file_voids_the_request() -> None:
    item = write()
    run = hand_in(item, "tang_writer")
    assert edit(item, "tang_writer", files=pair(asset("展厅", "picture"))).void_fields == ["files"]
    run.refresh_from_db()
    assert run.state == "voided"


def test_only_kept_files_are_attached_and_each_once() -> None:
    for wrong in ((("0" * 64, "x.pdf"),), pair(asset("展厅", "picture")) * 2):
        with pytest.raises(Invalid) as refused:
            write(files=wrong)
        assert refused.value.errors[0]["path"] == "files"


@pytest.mark.clause("J4")
def test_a_poster_that_is_not_final_is_not_handed_in() -> None:
    mall()
    item = write("news", "tang_writer", files=pair(asset("冬季海报")))
    with pytest.raises(Refused, match="冬季海报") as refused:
        hand_in(item, "tang_writer")
    assert refused.value.clause == "J4"


def test_the_json_feed_names_them() -> None:
    on_the_site(files=pair(asset("展厅", "picture")))
    with time_machine.travel(NOW + HOUR, tick=False):
        (entry,) = json.loads(Client().get("/pages/news/feed.json").content)["items"]
    (file,) = entry["attachments"]
    assert (file["title"], file["mime_type"]) == ("展厅.png", "image/png")
    assert "/files/" in file["url"]
