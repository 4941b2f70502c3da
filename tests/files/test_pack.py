"""Several files leave as one ZIP, piece by piece, under names that fit any disk."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pytest
from django.utils import timezone

from office.errors import NotFound
from office.files import api as files
from office.files import store
from office.files.packing import pack
from tests.files.samples import LIMITS, small_picture
from tests.people import person


def opened(parts: list[files.Part]) -> zipfile.ZipFile:
    found = zipfile.ZipFile(io.BytesIO(b"".join(pack(parts, timezone.now()))))
    assert found.testzip() is None
    return found


@pytest.mark.django_db
def test_it_opens_and_holds_the_bytes_and_the_chinese_names() -> None:
    stored = files.keep_file(
        content=small_picture(),
        name="原图.png",
        by=person("zheng_designer"),
        now=timezone.now(),
        limits=LIMITS,
    )
    found = opened([files.stored_part(stored, "主图"), files.text_part("文案.txt", "可拆洗。" * 500)])
    assert found.namelist() == ["主图.png", "文案.txt"]
    assert found.read("主图.png") == files.content_of(stored)
    text = found.getinfo("文案.txt")
    assert text.compress_size < text.file_size == len(found.read(text))


@pytest.mark.django_db
def test_a_file_that_is_gone_from_the_disk_is_said_before_anything_is_sent() -> None:
    stored = files.keep_file(
        content=small_picture(9), name="a.png", by=person("zheng_designer"), now=timezone.now(), limits=LIMITS
    )
    store.path_of(stored.sha256).unlink()
    with pytest.raises(NotFound):
        files.stored_part(stored)


def test_names_are_harmless_and_once() -> None:
    names = ["../../etc/图.txt", "图.txt", "图.TXT", "a\u202e\0.txt", "con.txt"]
    found = opened([files.text_part(name, "x") for name in names])
    assert found.namelist() == ["图.txt", "图 (2).txt", "图 (3).TXT", "a.txt", "_con.txt"]


def test_pieces_are_sent_as_they_come_and_none_is_empty() -> None:
    asked: list[int] = []

    def pieces() -> Iterator[bytes]:
        for number in range(3):
            asked.append(number)
            yield bytes(1000)

    going = pack([files.Part("a.mp4", 3000, pieces)], timezone.now())
    assert len(next(going)) < 1100
    assert asked == [0]
    assert all(going)
