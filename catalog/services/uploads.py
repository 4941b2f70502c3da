"""Files that people send in, as office.files lets them in: looked into, asked about, within the limits of the rulebook,
pictures encoded anew. One over the limit is kept smaller only once a person has accepted the offer."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from PIL import Image

from catalog.limits import evidence_limits, picture_limits
from catalog.models import EvidenceFile
from office.files import api as files

if TYPE_CHECKING:
    from office.staff.models import Employee

THUMB = 240
PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class Sent:
    """What a person sends: bytes with their name, or the number of an offer he accepts."""

    content: bytes = b""
    name: str = ""
    offer: int | None = None

    def looked_at(self, *, by: Employee, now: datetime, limits: files.Limits) -> files.Looked:
        """Raises FileRefused, NotFound (the offer is used up)."""
        if self.offer is not None:
            return files.take_smaller(offer_id=self.offer, by=by, now=now)
        return files.look_at(content=self.content, name=self.name, now=now, limits=limits)


def fitting_picture(sent: Sent, *, by: Employee, now: datetime) -> files.Looked:
    """The picture as it is kept. Raises FileRefused ("too_large" with `can_shrink`: a smaller one can be offered),
    NotFound."""
    return sent.looked_at(by=by, now=now, limits=picture_limits(now))


def thumb_of(content: bytes) -> bytes:
    """A small JPEG of a picture that has been encoded anew."""
    with Image.open(io.BytesIO(content)) as opened:
        small = opened.convert("RGBA")
        small.thumbnail((THUMB, THUMB))
    flat = Image.new("RGB", small.size, "white")
    flat.paste(small, mask=small.getchannel("A"))
    held = io.BytesIO()
    flat.save(held, "JPEG", quality=80, optimize=True)
    return held.getvalue()


def keep_evidence(*, sent: Sent, by: Employee, now: datetime) -> EvidenceFile:
    """A picture or a PDF that shows a competitor's price. Raises as `fitting_picture`."""
    limits = evidence_limits(now)
    looked = sent.looked_at(by=by, now=now, limits=limits)
    if looked.mime != PDF and not looked.mime.startswith("image/"):
        raise files.FileRefused(
            _("A picture or a PDF shows a competitor’s price; this is another kind of document."),
            code="unknown",
            clause=limits.clause,
        )
    return EvidenceFile.objects.create(
        name=(sent.name.replace("\0", "") or looked.name)[-120:],
        mime=looked.mime,
        content=looked.content,
        sha256=hashlib.sha256(looked.content).hexdigest(),
        by=by,
        at=now,
    )
