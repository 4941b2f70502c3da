"""The kinds of records that a planner keeps (J3), as the book names them."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

KINDS: dict[str, Promise] = {
    "display_plan": _("Display plan"),
    "operating_plan": _("Operating plan"),
    "user_research": _("User research"),
    "competitor_file": _("Competitor file"),
    "partner_file": _("Partner file"),
    "proposal": _("Suggestion"),
}


def known(words: Iterable[str]) -> list[str]:
    """Those of a book's words that are kinds, in the order of the book."""
    return [word for word in words if word in KINDS]
