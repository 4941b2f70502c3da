"""Names and phrases one after the other, as the reader's language does it: "a、b；c" and "a, b; c"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable


def enumerated(words: Iterable[object]) -> str:
    """In the language that is on: what is kept and read by others later is kept as a list."""
    return _(", ").join(str(each) for each in words)


def strung(phrases: Iterable[object]) -> str:
    """Likewise for phrases, which may have commas of their own."""
    return _("; ").join(str(each) for each in phrases)
