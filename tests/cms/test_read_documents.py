"""What documents say is searched like the text; what cannot be read asks for a second reader (C6.4 to C6.6)."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from openpyxl import Workbook

from cms.models import FileText, Item, WordListVersion
from cms.rules import reading
from cms.selectors.words import scan_version
from cms.services import publishing, writing
from cms.services.reading import read_files
from cms.services.uploads import Upload
from office.errors import Refused
from office.files import store
from tests.cms.stage import NOW, hand_in, said, write
from tests.cms.uploads import asset
from tests.people import person, signed_in

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def zipped(**parts: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


def docx(*paragraphs: str, head: str = "") -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    return zipped(
        word__document_dot_xml=f'{head}<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>',
        word__footer1_dot_xml=f'<w:ftr xmlns:w="{W}"><w:p><w:t>页脚</w:t></w:p></w:ftr>',
    )


def test_words_of_text_footers_and_split_runs_are_read() -> None:
    assert reading.text_of(docx("第一段", "第二</w:t></w:r><w:r><w:t>段"), WORD) == "第一段\n第二段\n页脚"


def test_words_of_sheets_are_read() -> None:
    book, out = Workbook(), io.BytesIO()
    book.create_sheet("价目").append(["品名", 12])
    book.save(out)
    assert "品名" in (reading.text_of(out.getvalue(), SHEET) or "")


def test_words_of_slides_are_read() -> None:
    slide = '<p:sld xmlns:p="urn:p" xmlns:a="urn:a"><a:p><a:r><a:t>标题</a:t></a:r></a:p></p:sld>'
    assert reading.text_of(zipped(ppt__slides__slide1_dot_xml=slide), SLIDES) == "标题"


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gb18030"])
def test_plain_text_is_read_in_its_charset(charset: str) -> None:
    assert reading.text_of("白橡木".encode(charset), "text/plain; charset=utf-8") == "白橡木"


@pytest.mark.parametrize(
    ("content", "mime"),
    [
        (b"%PDF-1.7 ...", "application/pdf"),
        (b"no archive", WORD),
        (zipped(other_dot_xml="<x/>"), WORD),
        (docx("x", head='<!DOCTYPE w [<!ENTITY a "aaaa">]>'), WORD),
        (zipped(word__document_dot_xml="<w:p>"), WORD),
        (b"\xff\xff\xff", "text/plain; charset=utf-8"),
        ("长".encode() * (reading.LONGEST + 1), "text/plain; charset=utf-8"),
        (docx("长" * (reading.LONGEST + 1)), WORD),
        (docx("x" * (reading.UNPACKED + 1)), WORD),
        (zipped(**{f"ppt__slides__s{n}_dot_xml": "<x/>" for n in range(reading.PARTS + 1)}), SLIDES),
    ],
    ids=[
        "pdf",
        "rubbish",
        "empty",
        "entities",
        "broken",
        "no charset",
        "long",
        "long document",
        "bomb",
        "parts",
    ],
)
def test_what_cannot_be_read_whole_says_nothing(content: bytes, mime: str) -> None:
    assert reading.text_of(content, mime) is None


def attached(content: bytes, name: str) -> Item:
    """News with the document."""
    made = asset("附件", "document", upload=Upload(content, name), now=NOW)
    assert made.newest is not None
    stored = made.newest.stored
    return write(files=[(stored.sha256, stored.name)])


def forbid(word: str, severity: str = "block") -> None:
    newest = WordListVersion.objects.order_by("list__place", "-number")[0]
    WordListVersion.objects.create(
        list=newest.list, number=newest.number + 1, severity=severity, words=word, at=NOW
    )


@pytest.mark.usefixtures("staffed")
@pytest.mark.clause("C6.4")
def test_a_forbidden_word_in_a_document_stops_the_text_and_is_shown_in_place() -> None:
    forbid("违禁样词")
    item = attached("说明书\n这里有违 禁样词".encode(), "说明.txt")
    with pytest.raises(publishing.Blocked) as refused:
        hand_in(item, "tang_writer")
    [hit] = refused.value.findings.blocking
    [passage] = refused.value.findings.found
    assert passage.text[hit.start : hit.end] == "违 禁样词"
    assert passage.text.startswith("说明")


@pytest.mark.usefixtures("staffed")
@pytest.mark.clause("C6.4", "C4.4")
def test_what_cannot_be_read_waits_for_a_second_reader() -> None:
    item = attached(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n", "检测.pdf")
    assert item.newest is not None
    assert scan_version(item.newest).unread
    with pytest.raises(Refused) as refused:
        hand_in(item, "tang_writer")
    assert (refused.value.code, refused.value.clause) == ("unread", "C6.4")
    page = signed_in("lin_editor").get(reverse("cms:item", args=[item.pk])).content.decode()
    assert reverse("cms:read", args=[item.pk]) in page
    given: dict[str, Any] = {"item_id": item.pk, "version": 1, "by": person("lin_editor"), "now": NOW}
    writing.read_second(**given, right=False, note="第二页是旧数据")
    with pytest.raises(Refused, match="旧数据"):
        hand_in(item, "tang_writer")
    writing.read_second(**given, right=True, note="已核对")
    assert hand_in(item, "tang_writer").state == "running"


@pytest.mark.usefixtures("staffed")
def test_a_document_is_read_once_and_what_it_said_stands() -> None:
    item = attached("白橡木".encode(), "说明.txt")
    assert item.newest is not None
    sha256 = item.newest.files[0][0]
    assert FileText.objects.get().text == "白橡木"
    read_files([sha256], NOW)
    read_files([], NOW)
    assert FileText.objects.count() == 1
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE cms_filetext SET text = 'x'")


@pytest.mark.usefixtures("staffed")
def test_a_document_that_is_gone_from_the_disk_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    made = asset("附件", "document", upload=Upload("白橡木".encode(), "说明.txt"), now=NOW)
    assert made.newest is not None
    store.path_of(made.newest.stored.sha256).unlink()
    item = write(files=[(made.newest.stored.sha256, "说明.txt")])
    assert not FileText.objects.get().text
    assert said().texts
    assert item.newest is not None
