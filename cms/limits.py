"""How large uploads to the site may be, out of the book (C6.9, M4.9)."""

from __future__ import annotations

from datetime import datetime

from office.files.api import Limits
from office.rulebook import api as rulebook


def upload_limits(at: datetime | None = None) -> Limits:
    """By the book in force at `at`, else now."""
    image = rulebook.limit_rule("cms.upload_image", at=at)
    video = rulebook.limit_rule("cms.upload_video", at=at)
    document = rulebook.limit_rule("cms.upload_document", at=at)
    return Limits(image=image.count, video=video.count, document=document.count, clause=image.clause)


def picture_limits(at: datetime | None = None) -> Limits:
    """The same for pictures, and nothing else is taken."""
    return upload_limits(at)._replace(video=0, document=0)
