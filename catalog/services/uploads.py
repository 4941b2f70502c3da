"""Files that people send in: pictures are encoded anew within the limit of the rulebook, PDFs are kept as they are."""

from __future__ import annotations

import hashlib
import io
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from PIL import Image

from catalog.models import EvidenceFile
from office.errors import Invalid
from office.files import api as files
from office.files import kinds as file_kinds
from office.files import pictures
from office.rulebook import api as rulebook

if TYPE_CHECKING:
    from office.staff.models import Employee

MOST_PDF = 2_000_000
THUMB = 240
#: Bytes that are looked at at all.
MOST = 20_000_000


def fitting_picture(content: bytes, now: datetime) -> pictures.Picture:
    """The picture as it is kept: encoded anew, and smaller where it was above the limit. Raises Invalid."""
    limit = rulebook.limit_rule("cms.upload_image", at=now)
    try:
        if len(content) > MOST:
            raise file_kinds.NotAccepted("large")
        if file_kinds.sniff(content).family != "image":
            raise file_kinds.NotAccepted("unknown")
        made = pictures.fitting(content, limit.count)
    except (file_kinds.NotAccepted, pictures.Unreadable) as error:
        raise _refused(
            _("This is no picture that can be kept. Please send JPEG, PNG, GIF or WebP, up to 20 MB."),
            error.code,
            limit.clause,
        ) from error
    if made is None:
        raise _refused(
            _("The picture cannot be made to fit into {kb} KB.").format(kb=limit.count // 1000),
            "too_large",
            limit.clause,
        )
    return made


def thumb_of(made: pictures.Picture) -> bytes:
    """A small JPEG of a picture that has been encoded anew."""
    with Image.open(io.BytesIO(made.content)) as opened:
        small = opened.convert("RGBA")
        small.thumbnail((THUMB, THUMB))
    flat = Image.new("RGB", small.size, "white")
    flat.paste(small, mask=small.getchannel("A"))
    held = io.BytesIO()
    flat.save(held, "JPEG", quality=80, optimize=True)
    return held.getvalue()


def keep_evidence(*, name: str, content: bytes, by: Employee, now: datetime) -> EvidenceFile:
    """A picture or a PDF that shows a competitor's price. Raises Invalid."""
    if content.startswith(b"%PDF-"):
        if len(content) > MOST_PDF:
            raise _refused(_("A PDF has at most 2 MB."), "too_large", "")
        try:
            mime = file_kinds.sniff(content).mime
        except file_kinds.NotAccepted as error:
            raise _refused(files.reason_of(error.code), error.code, "") from error
    else:
        made = fitting_picture(content, now)
        content, mime = made.content, made.mime
    return EvidenceFile.objects.create(
        name=name.replace("\0", "")[-120:],
        mime=mime,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        by=by,
        at=now,
    )


def _refused(message: object, code: str, clause: str) -> Invalid:
    return Invalid(
        message, errors=[{"path": "file", "code": code, "message": str(message)}], code="file", clause=clause
    )
