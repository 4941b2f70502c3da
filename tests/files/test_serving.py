"""Kept bytes go out so that nothing in them runs, whatever they are."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory
from django.utils import timezone

from office.files import api as files
from tests.files.samples import LIMITS, MP4, PDF, small_picture
from tests.people import person

pytestmark = pytest.mark.django_db
FACTORY = RequestFactory()


def keep(content: bytes, name: str) -> files.StoredFile:
    return files.keep_file(
        content=content, name=name, by=person("zheng_designer"), now=timezone.now(), limits=LIMITS
    )


def body(answer: Any) -> bytes:
    return b"".join(answer)


def test_a_picture_is_shown_and_everything_else_is_an_attachment() -> None:
    picture = files.serve(FACTORY.get("/"), keep(small_picture(), "图.png"))
    assert picture["Content-Disposition"].startswith("inline")
    paper = files.serve(FACTORY.get("/"), keep(PDF, "纸.pdf"))
    assert paper["Content-Disposition"].startswith("attachment")
    assert body(paper) == PDF
    for answer in (picture, paper):
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["Cache-Control"] == "private, no-cache"
    body(picture)


def test_a_picture_can_be_asked_for_as_an_attachment() -> None:
    answer = files.serve(FACTORY.get("/"), keep(small_picture(), "图.png"), download=True)
    assert answer["Content-Disposition"].startswith("attachment")
    body(answer)


def test_names_cannot_leave_their_header() -> None:
    stored = keep(PDF, 'a"\r\nSet-Cookie: x=1; \u202efdp.html')
    answer = files.serve(FACTORY.get("/"), stored)
    assert "\n" not in answer["Content-Disposition"]
    assert stored.name.endswith(".pdf")
    assert "\u202e" not in stored.name
    body(answer)


def test_what_the_browser_has_already_is_not_sent_again() -> None:
    stored = keep(PDF, "a.pdf")
    answer = files.serve(FACTORY.get("/", headers={"If-None-Match": f'W/"x", "{stored.sha256}"'}), stored)
    assert answer.status_code == 304


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-3", 206, MP4[:4]),
        ("bytes=-4", 206, MP4[-4:]),
        ("bytes=5000-", 206, MP4[5000:]),
        ("bytes=5-99999999", 206, MP4[5:]),
        ("bytes=999999-", 416, b""),
        ("bytes=9-3", 416, b""),
        ("bytes=-0", 416, b""),
        ("bytes=-", 200, MP4),
        ("bytes=0-1,3-4", 200, MP4),
        ("lines=1-2", 200, MP4),
    ],
)
def test_a_video_is_sent_in_the_parts_a_player_asks_for(asked: str, status: int, part: bytes) -> None:
    answer = files.serve(FACTORY.get("/", headers={"Range": asked}), keep(MP4, "v.mp4"))
    assert answer.status_code == status
    assert body(answer) == part


def test_public_files_may_be_kept_by_anybody() -> None:
    answer = files.serve(FACTORY.get("/"), keep(small_picture(), "a.png"), public=True)
    assert "public" in answer["Cache-Control"]
    body(answer)
