"""A file is what its bytes say, not what its name says."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from office.files.kinds import NotAccepted, sniff
from tests.files.samples import archive


def picture(format_: str) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (4, 4)).save(output, format_)
    return output.getvalue()


@pytest.mark.clause("C6.9")
@pytest.mark.parametrize(
    ("content", "family", "extension"),
    [
        (picture("JPEG"), "image", "jpg"),
        (picture("PNG"), "image", "png"),
        (picture("GIF"), "image", "gif"),
        (picture("WEBP"), "image", "webp"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(64), "video", "mp4"),
        (b"%PDF-1.7\n", "document", "pdf"),
        (archive("[Content_Types].xml", "word/document.xml"), "document", "docx"),
        (archive("[Content_Types].xml", "xl/workbook.xml"), "document", "xlsx"),
        (archive("[Content_Types].xml", "ppt/presentation.xml"), "document", "pptx"),
        ("说明文字".encode(), "document", "txt"),
        ("安装说明：\r\n1、先装“沙发脚”，￥0 元。㎡".encode("gb18030"), "document", "txt"),
    ],
)
def test_each_family_is_known_by_its_bytes(content: bytes, family: str, extension: str) -> None:
    found = sniff(content)
    assert (found.family, found.extension) == (family, extension)


@pytest.mark.clause("C6.9")
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "svg"),
        (b"\xef\xbb\xbf <?xml version='1.0'?><!-- --><svg/>", "svg"),
        (b"<html><script>1</script></html>", "unknown"),
        (archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "macros"),
        (archive("[Content_Types].xml", "xl/workbook.xml", "xl/macrosheets/sheet1.xml"), "macros"),
        (archive("[Content_Types].xml", "word/document.xml", "word/activeX/activeX1.xml"), "macros"),
        (archive("virus.exe"), "archive"),
        (b"PK\x03\x04broken", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "legacy_office"),
        (b"MZ\x90\x00" + bytes(100), "unknown"),
        (b"", "unknown"),
        (b"   \n", "unknown"),
        ("中文".encode("utf-16"), "unknown"),
        ("<html>中文</html>".encode("gb18030"), "unknown"),
        (bytes(range(0x81, 0xFF)) * 40, "unknown"),
        ("中文\x07".encode("gb18030"), "unknown"),
        ("中文".encode("gb18030") + b"\xff", "unknown"),
    ],
)
def test_what_is_not_accepted_says_why(content: bytes, code: str) -> None:
    with pytest.raises(NotAccepted) as refused:
        sniff(content)
    assert refused.value.code == code
