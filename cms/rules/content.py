"""What content is: its kinds, its flags, the bytes that are agreed to. Pure values; the database recomputes the digest
(cms/migrations/0002_law.py)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

NEWS: Final = "news"
EVENT: Final = "event"
PROFILE: Final = "profile"
PRODUCT: Final = "product"
HEADLINE: Final = "headline"
FLOATING_AD: Final = "floating_ad"
POPUP: Final = "popup"
PAGE: Final = "page"
POSTER: Final = "poster"

KINDS: Final = [
    (NEWS, _("News")),
    (EVENT, _("Event")),
    (PROFILE, _("Company profile")),
    (PRODUCT, _("Product information")),
    (HEADLINE, _("Headline")),
    (FLOATING_AD, _("Floating advertisement")),
    (POPUP, _("Pop-up")),
    (PAGE, _("Page")),
    (POSTER, _("Poster")),
]
#: Changed as needed (C3.2): a publisher ends them without asking again.
PASSING: Final = frozenset({HEADLINE, FLOATING_AD, POPUP})

CONFIDENTIAL: Final = "confidential"
COPYRIGHT: Final = "copyright"
IMPORTANT: Final = "important"
#: The mark that the words of a text put on its request: it goes through the longer chain (C6.4 to C6.6).
WORDS: Final = "words"

FLAGS: Final = [
    (CONFIDENTIAL, _("Confidential")),
    (COPYRIGHT, _("Under somebody’s copyright")),
    (IMPORTANT, _("Important")),
]

#: The texts of a version, in the order in which they are digested.
TEXTS: Final = ("title", "summary", "body", "author", "source", "source_url", "link")
SEPARATOR: Final = "\x1f"


def digest(texts: Mapping[str, str], files: Iterable[tuple[str, str]]) -> str:
    """SHA-256 in hexadecimal over the texts and the files ((SHA-256 of the content, name), in order)."""
    parts = [texts[name] for name in TEXTS]
    parts += [f"{sha}:{name}" for sha, name in files]
    return hashlib.sha256(SEPARATOR.join(parts).encode("utf-8")).hexdigest()
