"""Hostile files at the supplier's door: refused in words; what is kept is a picture and nothing besides."""

from __future__ import annotations

import datetime as dt
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from contracts.models import OrderEvent, PurchaseOrder
from office.files import api as files
from office.files.models import StoredFile
from tests.contracts import world
from tests.contracts.door import crossing
from tests.contracts.orders import arrange
from tests.files.samples import EICAR, PDF, archive, clamd, encoded, photo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with time_machine.travel(world.NOW + dt.timedelta(hours=1), tick=True):
        yield


def bomb(side: int = 60_000) -> bytes:
    """A picture that says it unfolds to billions of pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 9999))
        + chunk(b"IEND", b"")
    )


HOSTILE = {
    "a.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "a.png": b"<!doctype html><script>alert(1)</script>",
    "a.pdf": b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\ntrailer<</Root 1 0 R>>",
    "a.zip": archive("a.txt"),
    "a.docm": archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
    "a.gif": b"GIF89a/*<script>*/=1;alert(1)//" + b"\0" * 64,
    "bomb.png": bomb(),
    "a.jpg": b"\xff\xd8\xff\xe0" + b"\0" * 40,
    "a.exe": b"MZ" + b"\0" * 200,
    "a.php.jpg": b"<?php system($_GET['c']); ?>",
    "empty.png": b"",
}


def send(visitor: crossing.Visitor, order: PurchaseOrder, name: str, content: bytes) -> int:
    answer = visitor.client.post(
        visitor.at("order_act", order.pk, "return"), {"file": SimpleUploadedFile(name, content, "image/png")}
    )
    return answer.status_code


def test_nothing_hostile_is_kept() -> None:
    order = arrange.sent()
    visitor = crossing.inside(crossing.send(arrange.the_contact(), "order", order.pk))
    before = StoredFile.objects.count()
    for name, content in HOSTILE.items():
        assert 400 <= send(visitor, order, name, content) < 500, name
    assert StoredFile.objects.count() == before
    assert not OrderEvent.objects.filter(order=order, word="returned").exists()


def test_a_picture_is_kept_without_what_rides_on_it() -> None:
    order = arrange.sent()
    visitor = crossing.inside(crossing.send(arrange.the_contact(), "order", order.pk))
    exif = Image.Exif()
    exif[0x010F] = "SECRET-MAKER"
    exif.get_ifd(0x8825)[1] = "N"
    content = (
        encoded(photo(200, 200), exif=exif.tobytes()) + archive("evil.html") + b"<script>alert(1)</script>"
    )
    assert send(visitor, order, "../../etc/pass\r\nSet-Cookie: a=b\u202egnp.jpg", content) == 302
    kept = OrderEvent.objects.get(order=order, word="returned").file
    assert kept is not None
    held = files.content_of(kept)
    for secret in (b"SECRET-MAKER", b"evil.html", b"<script>", b"PK\x03\x04"):
        assert secret not in held
    assert not set(kept.name) & set("/\\\r\n\u202e")


def test_a_scanner_is_asked_about_what_comes_in_at_the_door(settings: Any) -> None:
    order = arrange.sent()
    visitor = crossing.inside(crossing.send(arrange.the_contact(), "order", order.pk))
    where = visitor.at("order_act", order.pk, "return")
    with clamd() as address:
        settings.CLAMD_URL = address
        paper = PDF + EICAR
        answer = visitor.client.post(
            where, {"file": SimpleUploadedFile("回传.pdf", paper)}, headers={"X-Upload": "1"}
        )
        assert answer.status_code == 422
        assert not StoredFile.objects.filter(name="回传.pdf").exists()
        clean = visitor.client.post(
            where, {"file": SimpleUploadedFile("回传.pdf", PDF)}, headers={"X-Upload": "1"}
        )
        assert clean.status_code == 200
    kept = OrderEvent.objects.get(order=order, word="returned").file
    assert kept is not None
    assert kept.scanned_by
