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


# -- which rules of the book speak of a kind -----------------------------------------------------------------------

#: Who writes it (C4.1, C4.2, C5.1, C5.2, J4 and their clauses of the mall).
AUTHORS: Final = {
    NEWS: "cms.author_news",
    EVENT: "cms.author_event",
    PROFILE: "cms.author_event",
    PRODUCT: "cms.author_product",
    POSTER: "cms.author_poster",
}
#: Who publishes it.
PUBLISHERS: Final = {
    EVENT: "cms.publish_event",
    PROFILE: "cms.publish_event",
    PRODUCT: "cms.publish_product",
}
#: What comes from a source that the book names (C4.2).
SOURCED: Final = frozenset({EVENT, PROFILE})
#: The approval that lets it go live.
APPROVALS: Final = {
    NEWS: "cms.news",
    EVENT: "cms.event",
    PROFILE: "cms.event",
    PRODUCT: "cms.product",
    POSTER: "cms.poster",
}
MATERIAL: Final = "cms.material"
GOING_LIVE: Final = (MATERIAL, "cms.news", "cms.event", "cms.product", "cms.poster")
ENDING: Final = "cms.end"


def author_rule(kind: str) -> str:
    """The permission of the book that lets somebody write content of the kind."""
    return AUTHORS.get(kind, "cms.author_material")


def publisher_rule(kind: str) -> str:
    """The permission of the book that lets somebody publish it."""
    return PUBLISHERS.get(kind, "cms.publish")


def approval_of(kind: str) -> str:
    """The approval kind under which it goes live."""
    return APPROVALS.get(kind, MATERIAL)
