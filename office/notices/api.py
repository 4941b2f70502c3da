"""Notices as other apps use them: `from office.notices import api as notices`."""

from office.notices.bulk import telling
from office.notices.kinds import register_kind, text_of, title_of
from office.notices.selectors import unread_count
from office.notices.services import Saying, notify, notify_many

__all__ = [
    "Saying",
    "notify",
    "notify_many",
    "register_kind",
    "telling",
    "text_of",
    "title_of",
    "unread_count",
]
