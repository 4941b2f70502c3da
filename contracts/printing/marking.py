"""A supplier's name across a design: over every page of a PDF, across a picture (P3.6). Bytes in, bytes out."""

from __future__ import annotations

import io
import math
from datetime import datetime

import pylopdf_fonts_zh_cn as fonts
from PIL import Image, ImageDraw, ImageFont
from pypdf import PdfReader, PdfWriter

from contracts.printing.typeset import typeset

#: Of 255; light enough to read the drawing below it.
_STRENGTH = 72


def mark_pdf(content: bytes, text: str, *, at: datetime) -> bytes:
    """Every page with the text over it; it stands in the document's particulars too."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    sheets: dict[tuple[int, int], bytes] = {}
    for page in writer.pages:
        size = (max(int(page.mediabox.width), 20), max(int(page.mediabox.height), 20))
        if size not in sheets:
            said = {"width": size[0], "height": size[1], "text": text, "rows": max(size[1] // 110, 2)}
            sheets[size] = typeset("mark.typ", said, at=at)
        page.merge_page(PdfReader(io.BytesIO(sheets[size])).pages[0])
    writer.add_metadata({"/Subject": text})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def mark_picture(content: bytes, text: str) -> bytes:
    """The picture as PNG with the text slantwise all over it."""
    with Image.open(io.BytesIO(content)) as opened:
        picture = opened.convert("RGBA")
    picture.alpha_composite(_veil(picture.width, picture.height, text))
    out = io.BytesIO()
    picture.convert("RGB").save(out, "WEBP", quality=88)
    return out.getvalue()


def _veil(width: int, height: int, text: str) -> Image.Image:
    side = int(math.hypot(width, height)) + 1
    size = max(width // 36, 10)
    tile = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    pen, font = ImageDraw.Draw(tile), ImageFont.truetype(fonts.sans_path(), size)
    step = int(pen.textlength(text, font=font)) + size * 3
    for row, top in enumerate(range(0, side, size * 6)):
        for left in range(-(row % 2) * step // 2, side, step):
            pen.text((left, top), text, font=font, fill=(70, 70, 70, _STRENGTH))
    turned = tile.rotate(28, resample=Image.Resampling.BILINEAR)
    left, top = (side - width) // 2, (side - height) // 2
    return turned.crop((left, top, left + width, top + height))
