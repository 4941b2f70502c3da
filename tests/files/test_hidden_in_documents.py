"""Macros, programs, foreign templates, scripts and bombs are found wherever in a document they lie."""

from __future__ import annotations

import io
import zipfile
import zlib

import pytest

from office.files.kinds import NotAccepted, sniff

TYPES = "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


def document(parts: dict[str, bytes | str] | None = None) -> bytes:
    """A text document with these parts more."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in {
            "[Content_Types].xml": TYPES,
            "word/document.xml": "<d/>",
            **(parts or {}),
        }.items():
            made.writestr(name, content)
    return held.getvalue()


def relation(kind: str, target: str, mode: str = " TargetMode='External'", head: str = "") -> bytes:
    row = f"<Relationship Id='r1' Type='{RELATION}{kind}' Target='{target}'{mode}/>"
    return document({"word/_rels/document.xml.rels": f"{head}<Relationships>{row}</Relationships>"})


def nested(content: bytes, times: int) -> bytes:
    for _time in range(times):
        content = document({"word/embeddings/inner.docx": content})
    return content


def packed(objects: bytes, head: bytes = b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode>>") -> bytes:
    return b"%PDF-1.7\n5 0 obj" + head + b"stream\n" + zlib.compress(objects) + b"\nendstream endobj"


def refusal(content: bytes) -> str:
    with pytest.raises(NotAccepted) as refused:
        sniff(content)
    return refused.value.code


@pytest.mark.clause("C6.9")
@pytest.mark.parametrize(
    ("content", "code"),
    [
        *((document({f"word/embeddings/Microsoft_Excel.{kind}": b"x"}), "macros") for kind in
          ("xlsm", "docm", "pptm", "xlsb", "dotm", "xltm", "xlam", "ppam", "XLSM")),
        (document({"word/embeddings/oleObject1.bin": b"x"}), "embedded"),
        (document({"word/embeddings/sheet.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60)}), "embedded"),
        (document({"word/media/picture.png": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60)}), "embedded"),
        (nested(document({"word/vbaProject.bin": b"x"}), 1), "macros"),
        (nested(document({"word/vbaProject.bin": b"x"}), 2), "macros"),
        (nested(document(), 4), "embedded"),
        (document({"word/embeddings/inner.docx": b"PK\x03\x04broken"}), "damaged"),
        (document({"word/media/a.png": document({"x": "y"}).replace(b"word/document", b"worx/document")}), "embedded"),
        (relation("oleObject", "embeddings/a.dat", mode=""), "embedded"),
        (relation("aFChunk", "chunk.rtf", mode=""), "embedded"),
        (relation("vbaProject", "a.dat", mode=""), "macros"),
    ],
)  # fmt: skip
def test_programs_in_a_document_are_found(content: bytes, code: str) -> None:
    assert refusal(content) == code


@pytest.mark.clause("C6.9")
@pytest.mark.parametrize(
    "kind", ["attachedTemplate", "oleObject", "frame", "subDocument", "image", "externalLink"]
)
@pytest.mark.parametrize("target", ["https://evil.example/a.dotm", "file:///c:/a.dotm", "\\\\evil\\a.dotm"])
def test_what_a_document_would_fetch_is_refused(kind: str, target: str) -> None:
    assert refusal(relation(kind, target)) == "remote"
    assert refusal(relation(kind, target, mode="")) == "remote"


def test_relations_are_read_as_office_reads_them() -> None:
    assert (
        refusal(relation("attached&#84;emplate", "http://e/a", mode=" TargetMode='&#69;xternal'")) == "remote"
    )
    assert refusal(relation("image", "a.png", mode="", head="<!DOCTYPE x [<!ENTITY a 'b'>]>")) == "damaged"
    assert refusal(document({"word/_rels/document.xml.rels": "<Relationships>"})) == "damaged"
    assert refusal(document({"word/_rels/document.xml.rels": b" " * (1 << 20)})) == "bomb"


@pytest.mark.parametrize(
    "content",
    [
        document(),
        nested(document(), 2),
        relation("hyperlink", "https://example.com/"),
        relation("image", "media/a.png", mode=""),
        document({"word/media/photo.png": b"\x89PNG" + bytes(1 << 20)}),
    ],
)
def test_an_honest_document_is_taken(content: bytes) -> None:
    assert sniff(content).extension == "docx"


@pytest.mark.clause("C6.9")
def test_a_document_that_unpacks_beyond_measure_is_not_opened() -> None:
    swollen = document({"word/media/a.emf": bytes(60 << 20)})
    assert len(swollen) < 100_000
    assert refusal(swollen) == "bomb"
    assert refusal(nested(swollen, 1)) == "bomb"
    assert refusal(document({f"word/{number}.xml": "" for number in range(5_001)})) == "archive"


@pytest.mark.clause("C6.9")
@pytest.mark.parametrize(
    "body",
    [
        b"1 0 obj<</S/JavaScript/JS(app.alert\\(1\\))>>endobj",
        b"1 0 obj<</S /J#61vaScr#69pt /J#53 2 0 R>>endobj",
        b"1 0 obj<</S/Rendition/JS <61>>>endobj",
        b"1 0 obj<</S/Launch/F(cmd.exe)>>endobj",
        b"1 0 obj<</Type/EmbeddedFile>>stream\nx\nendstream endobj",
        b"1 0 obj<</Names<</Embedded#46iles 3 0 R>>>>endobj",
        b"1 0 obj<</Subtype/RichMedia>>endobj",
        b"1 0 obj<</OpenAction 2 0 R>>endobj 2 0 obj<</S/URI/URI(http://e/)>>endobj",
        b"1 0 obj<</OpenAction<</S/URI/URI(http://e/)>>>>endobj",
        b"1 0 obj<</OpenAction 9 0 R>>endobj",
        b"1 0 obj<</S/GoToR/F(\\\\\\\\evil\\\\a.pdf)>>endobj",
    ],
)
def test_a_pdf_that_does_something_is_refused(body: bytes) -> None:
    assert refusal(b"%PDF-1.7\n" + body) == "active"
    assert refusal(packed(b"1 0 " + body)) == "active"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (packed(b"1 0 <<>>") + b" trailer<</Encrypt 3 0 R>>", "locked"),
        (
            packed(b"1 0 <<>>", b"<</Type/ObjStm/Filter/LZWDecode>>").replace(b"\x78\x9c", b"\x00\x00"),
            "locked",
        ),
        (b"%PDF-1.7\n5 0 obj<</Type/#4fbjStm>>", "locked"),
        (packed(b"1 0 " + b" " * (49 << 20)), "bomb"),
    ],
)
def test_a_pdf_that_cannot_be_looked_into_is_refused(content: bytes, code: str) -> None:
    assert refusal(content) == code


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n1 0 obj<</OpenAction[1 0 R /XYZ null null 0]>>endobj",
        b"%PDF-1.7\n1 0 obj<</OpenAction 3 0 R>>endobj 3 0 obj << /S /GoTo /D [4 0 R /Fit] >> endobj",
        packed(b"3 0 <</S/GoTo/D[4 0 R/Fit]>>") + b" 1 0 obj<</OpenAction 3 0 R>>endobj",
        b"%PDF-1.7\n1 0 obj<</S/URI/URI(https://example.com/)>>endobj trailer<</Encrypt 3 0 R>>",
        b"%PDF-1.7\n1 0 obj<</Font/JSong>>stream\n"
        + zlib.compress(b"0 1 0 rg /JS12 Tf")
        + b"\nendstream endobj",
    ],
)
def test_an_honest_pdf_is_taken(content: bytes) -> None:
    assert sniff(content).extension == "pdf"
