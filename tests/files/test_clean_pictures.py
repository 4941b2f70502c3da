"""An accepted picture is encoded anew; one over the limit is offered in a version that fits."""

from __future__ import annotations

import io
import random
import struct
import zlib

import pytest
from PIL import Image
from PIL.ExifTags import IFD, Base

from office.files.pictures import MOST_PIXELS, Unreadable, clean, fitting
from tests.files.samples import encoded, photo

LIMIT = 512_000


@pytest.mark.clause("C6.9")
def test_position_camera_and_appended_bytes_are_gone() -> None:
    exif = Image.Exif()
    exif[Base.Make] = "Camera"
    exif.get_ifd(IFD.GPSInfo)[1] = "N"
    content = encoded(photo(400, 200), "JPEG", exif=exif, comment=b"hidden") + b"<?php hidden ?>"
    kept = clean(content)
    assert b"Camera" not in kept.content
    assert b"hidden" not in kept.content
    with Image.open(io.BytesIO(kept.content)) as again:
        assert not again.getexif()
        assert again.size == (400, 200)


@pytest.mark.clause("C6.9")
def test_a_picture_that_exif_turns_stays_upright() -> None:
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    kept = clean(encoded(photo(400, 200), "JPEG", exif=exif))
    assert (kept.width, kept.height) == (200, 400)


@pytest.mark.clause("C6.9")
@pytest.mark.parametrize(
    ("format_", "mode"), [("JPEG", "RGB"), ("PNG", "RGB"), ("PNG", "RGBA"), ("WEBP", "RGBA")]
)
def test_a_picture_over_the_limit_is_offered_in_a_version_that_fits(format_: str, mode: str) -> None:
    options = {"quality": 98} if format_ != "PNG" else {}
    content = encoded(photo(1500, 1000, mode), format_, **options)
    assert len(content) > LIMIT
    offered = fitting(content, LIMIT)
    assert offered is not None
    assert len(offered.content) <= LIMIT
    with Image.open(io.BytesIO(offered.content)) as again:
        again.load()
        assert again.size == (offered.width, offered.height)
        assert again.width / again.height == pytest.approx(1.5, rel=0.02)
        assert ("A" in again.getbands()) == (mode == "RGBA")


@pytest.mark.clause("C6.9")
def test_what_fits_already_keeps_its_size_and_format() -> None:
    offered = fitting(encoded(photo(300, 300), "PNG"), LIMIT)
    assert offered is not None
    assert (offered.mime, offered.width, offered.height) == ("image/png", 300, 300)


def test_nothing_is_offered_when_even_the_smallest_does_not_fit() -> None:
    assert fitting(encoded(photo(1200, 1200), "JPEG", quality=95), 2_000) is None


def test_an_animation_keeps_its_frames_and_their_time() -> None:
    frames = [photo(80, 80) for _ in range(3)]
    frames[1].paste("red", (0, 0, 40, 40))
    frames[2].paste("blue", (0, 0, 60, 60))
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=250, loop=0)
    kept = clean(content)
    with Image.open(io.BytesIO(kept.content)) as again:
        assert getattr(again, "n_frames", 1) == 3
        assert again.info["duration"] == 250


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that says it is enormous."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\x00" * 1_000_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.clause("C6.9")
def test_a_decompression_bomb_is_refused_before_it_unfolds() -> None:
    with pytest.raises(Unreadable) as refused:
        clean(bomb(50_000, 50_000))
    assert refused.value.code == "too_many_pixels"
    with pytest.raises(Unreadable):
        clean(bomb(7_000, MOST_PIXELS // 7_000 + 1))


@pytest.mark.parametrize("cut", [10, 60, 500, 3_000])
def test_a_cut_file_is_refused(cut: int) -> None:
    with pytest.raises(Unreadable):
        clean(encoded(photo(400, 400), "JPEG", quality=95)[:cut])


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7"]
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable):
        clean(content)


def test_noise_behind_a_true_beginning_never_raises_anything_else() -> None:
    chance = random.Random(5)
    beginnings = [encoded(photo(64, 64), name)[:200] for name in ("JPEG", "PNG", "GIF", "WEBP")]
    for number in range(200):
        content = beginnings[number % 4][: chance.randint(4, 200)] + chance.randbytes(400)
        try:
            clean(content)
        except Unreadable:
            continue
