"""How large uploads to the catalog may be, out of the book (C6.9, M4.9)."""

from __future__ import annotations

from datetime import datetime

from office.files.api import Limits
from office.rulebook import api as rulebook


def picture_limits(at: datetime | None = None) -> Limits:
    """Pictures of goods, by the book in force at `at`, else now; nothing else is taken."""
    image = rulebook.limit_rule("cms.upload_image", at=at)
    return Limits(image=image.count, clause=image.clause)


def evidence_limits(at: datetime | None = None) -> Limits:
    """Pictures and documents that show a competitor's price."""
    document = rulebook.limit_rule("cms.upload_document", at=at)
    return picture_limits(at)._replace(document=document.count)
