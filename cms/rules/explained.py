"""Whether publications explain how the text of a watched page became another (W2, C6.1). Pure.

What content says is cut out of both texts, together with the day and time that a site prints beside it. What is left of
the old text and of the new one has to be the same: one sentence more, one less, or another word anywhere else on the
page, and nothing is explained.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

#: Where content stood. A page's text never holds it.
_CUT = "\x00"
#: What may stand between content and its day.
_BESIDE = r"[\s\[\]()|/·:-]{0,4}"
_DAYS = (
    "{0:%Y}-{0:%m}-{0:%d}",
    "{0:%Y}/{0:%m}/{0:%d}",
    "{0:%Y}.{0:%m}.{0:%d}",
    "{0:%Y}年{0:%m}月{0:%d}日",
    "{0.year}年{0.month}月{0.day}日",
    "{0.year}-{0.month}-{0.day}",
    "{0.year}/{0.month}/{0.day}",
    "{0:%m}-{0:%d}",
    "{0:%m}/{0:%d}",
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What one publication puts on a page. `texts`: the title first, then summary, paragraphs, author, source, names
    of files; `at`: when it began, in the site's own time; `stays`: whether it is on the site when it is looked at."""

    texts: Sequence[str]
    at: datetime
    stays: bool

    @property
    def title(self) -> str:
        return plain(self.texts[0])


def plain(text: str) -> str:
    """As the text of a page is written (cms.rules.page_text): one line, ordinary letter forms."""
    return " ".join(unicodedata.normalize("NFKC", text).replace("\x00", "").split())


def stands(text: str, passage: str) -> bool:
    """Whether the passage stands in the text by itself, not inside a word."""
    return bool(passage) and passage in text and bool(re.search(_whole(passage), text))


def _whole(passage: str) -> str:
    return rf"(?<!\w){re.escape(passage)}(?!\w)"


def _days_of(shown: Iterable[Shown]) -> str:
    days = {form.format(each.at) for each in shown for form in _DAYS}
    listed = "|".join(re.escape(day) for day in sorted(days, key=len, reverse=True))
    return rf"(?:{listed})(?:\s+\d\d:\d\d(?::\d\d)?)?"


def rest(text: str, shown: Sequence[Shown]) -> str:
    """The text without what the publications put there, and without blanks."""
    passages = {plain(passage) for each in shown for passage in each.texts}
    present = sorted((each for each in passages if each and each in text), key=len, reverse=True)
    if present:
        day = _days_of(shown)
        either = "|".join(re.escape(each) for each in present)
        pattern = rf"(?<!\w)(?:[\[(]?{day}{_BESIDE})?(?:{either})(?:{_BESIDE}{day}[\])]?)?(?!\w)"
        text = re.sub(pattern, _CUT, text)
    return "".join(text.replace(_CUT, " ").split())


def explaining(before: str, after: str, shown: Sequence[Shown]) -> int | None:
    """Which of the publications (its place) made the old text the new one: it came, or it went, and together with the
    others it says everything that differs. None when something is left that nobody agreed to.

    What went may stand in the old text; in the new one only what is on the site, or what stood there before and has not
    been taken away yet."""
    known = [each for each in shown if each.stays or stands(before, each.title)]
    if rest(before, known) != rest(after, known):
        return None
    for place, each in enumerate(shown):
        was, stays = stands(before, each.title), stands(after, each.title)
        if (each.stays and stays and not was) or (was and not stays and not each.stays):
            return place
    return None
