"""An upload is kept as what it is, under its SHA-256, or refused with the reason."""

from __future__ import annotations

import hashlib

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from office.audit.models import Entry
from office.errors import NotFound
from office.files import api as files
from office.files import services, store
from office.files.models import StoredFile
from tests.files.samples import DOCX, LIMITS, MP4, PDF, archive, encoded, large_picture, photo, small_picture
from tests.people import person

pytestmark = pytest.mark.django_db


def keep(content: bytes, name: str = "a.bin", limits: files.Limits = LIMITS) -> StoredFile:
    return files.keep_file(
        content=content, name=name, by=person("zheng_designer"), now=timezone.now(), limits=limits
    )


def refusal(content: bytes, limits: files.Limits = LIMITS) -> files.FileRefused:
    with pytest.raises(files.FileRefused) as refused:
        keep(content, limits=limits)
    assert not StoredFile.objects.exists()
    assert str(refused.value.message)
    return refused.value


@pytest.mark.clause("C6.9")
def test_a_picture_is_kept_encoded_anew_with_its_measures() -> None:
    exif = photo(64, 48).getexif()
    exif[0x010F] = "Camera"
    stored = keep(encoded(photo(64, 48), "JPEG", exif=exif) + b"<script>", "IMG.HTML")
    content = files.content_of(stored)
    assert b"Camera" not in content
    assert b"<script>" not in content
    assert (stored.mime, stored.name, stored.width, stored.height) == ("image/jpeg", "IMG.jpg", 64, 48)
    assert hashlib.sha256(content).hexdigest() == stored.sha256
    assert stored.size == len(content)


@pytest.mark.parametrize(
    ("content", "family", "name"),
    [(MP4, "video", "x.mp4"), (PDF, "document", "x.pdf"), (DOCX, "document", "x.docx")],
)
def test_other_kinds_are_kept_as_they_came(content: bytes, family: str, name: str) -> None:
    stored = keep(content, "x.exe")
    assert (stored.family, stored.name) == (family, name)
    assert files.content_of(stored) == content


def test_keeping_is_in_the_trail_with_the_digest() -> None:
    stored = keep(PDF)
    entry = Entry.objects.filter(verb="files.keep").latest("id")
    assert (entry.subject_id, entry.clause) == (str(stored.pk), "C6.9")
    assert stored.sha256.encode() in bytes(entry.canonical)


def test_the_same_content_lies_on_the_disk_once() -> None:
    first, second = keep(PDF, "a.pdf"), keep(PDF, "b.pdf")
    assert first.sha256 == second.sha256
    assert first.pk != second.pk


@pytest.mark.clause("C6.9", "M4.9")
def test_a_video_and_a_document_over_their_limit_are_refused() -> None:
    for content, family in ((MP4, "video"), (PDF, "document")):
        refused = refusal(content, LIMITS._replace(video=1_000, document=100))
        assert refused.code == "too_large"
        assert refused.clause == "C6.9"
        assert refused.params == {
            "family": family, "size": len(content), "can_shrink": False,
            "limit": 1_000 if family == "video" else 100,
        }  # fmt: skip


@pytest.mark.clause("C6.9")
def test_a_picture_over_the_limit_may_be_made_smaller() -> None:
    refused = refusal(large_picture())
    assert (refused.code, refused.params["can_shrink"]) == ("too_large", True)


def test_a_picture_under_the_limit_never_grows_over_it() -> None:
    content = encoded(photo(800, 600), "JPEG", quality=20)
    stored = keep(content, limits=LIMITS._replace(image=len(content)))
    assert stored.size <= len(content)


def test_a_picture_that_encoded_anew_fits_in_no_size_is_refused() -> None:
    content = encoded(photo(1, 1), "GIF")
    assert refusal(content, LIMITS._replace(image=len(content))).code == "too_large"


def test_a_picture_beyond_all_measure_is_not_offered_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "LARGEST_PICTURE", 100)
    refused = refusal(small_picture())
    assert (refused.code, refused.params["can_shrink"]) == ("too_large", False)


@pytest.mark.clause("C6.9")
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "svg"),
        (archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "macros"),
        (
            archive(
                "[Content_Types].xml", "word/document.xml", "word/a.bin",
                types=b'<Override PartName="/word/a.bin" ContentType="application/vnd.ms-office.vbaProject"/>',
            ),
            "macros",
        ),
        (
            archive(
                "[Content_Types].xml", "xl/workbook.xml",
                types="application/vnd.ms-excel.sheet.macroEnabled.main+xml".encode("utf-16"),
            ),
            "macros",
        ),
        (archive("[Content_Types].xml", "word/document.xml", "word/embeddings/oleObject1.bin"), "embedded"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "legacy_office"),
        (archive("a.exe"), "archive"),
        (small_picture()[:60], "damaged"),
        (b"GIF89a" + b";" * 40, "not_a_picture"),
        (b"MZ\x90\x00" + bytes(64), "unknown"),
    ],
)  # fmt: skip
def test_what_may_hide_something_is_refused_with_the_reason(content: bytes, code: str) -> None:
    assert refusal(content).code == code


def test_a_family_that_a_desk_does_not_take_is_refused() -> None:
    assert refusal(MP4, LIMITS._replace(video=0)).code == "unknown"


@pytest.mark.parametrize(
    "statement", ["UPDATE files_storedfile SET name = 'x'", "DELETE FROM files_storedfile"]
)
def test_a_kept_file_is_law(statement: str) -> None:
    keep(PDF)
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert StoredFile.objects.get().name == "a.pdf"


def test_the_database_knows_no_other_families() -> None:
    fields = {"sha256": "0" * 64, "name": "a", "mime": "a/b", "size": 1, "kept_at": timezone.now()}
    for wrong in (
        {"family": "program"},
        {"family": "image"},
        {"family": "video", "sha256": "../" + "0" * 61},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            StoredFile.objects.create(**{**fields, **wrong})


def test_a_chinese_text_is_kept_in_the_one_encoding_that_every_reader_knows() -> None:
    stored = keep("安装说明：先装沙发脚。".encode("gb18030"), "说明.txt")
    assert files.content_of(stored).decode() == "安装说明：先装沙发脚。"
    assert stored.mime == "text/plain; charset=utf-8"
    too_long = ("沙发" * 200_000).encode("gb18030")  # fits as it is sent, and not as it is kept
    assert len(too_long) < LIMITS.document
    with pytest.raises(files.FileRefused):
        keep(too_long)


def test_bytes_that_are_gone_are_said_to_be_gone() -> None:
    stored = keep(b"plain text that nobody else keeps")
    store.path_of(stored.sha256).unlink()
    with pytest.raises(NotFound):
        files.content_of(stored)
