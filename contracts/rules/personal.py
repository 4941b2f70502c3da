"""What of a customer may not be told to a supplier: his name, his number, where he lives. Pure.

A province, a city and a district give nobody away, and a complaint may have to name them ("sent from 佛山市"): of an
address only what comes after them counts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

#: So many signs of an address in a row give it away.
RUN = 6
#: What is shorter is no secret by itself: "8号" may be a screw.
SHORTEST = 2
#: A mobile number, with the country before it or not; a landline with its area.
_NUMBER = re.compile(r"(?<!\d)(?:(?:00)?86)?(?:1[3-9][0-9]{9}|0[1-9][0-9]{8,10})(?!\d)")
#: What people write between the digits of a number; nothing that stands between measures (×, *, /).
_BETWEEN = frozenset(".·-_—–()[]<>,，、'\"")
_IN_WORDS = str.maketrans("零〇一幺二三四五六七八九", "001123456789")
_WORD = r"[^省市区县]{2,10}?"
#: A district alone, or what ends like one, may be a person: 红旗.
_REGION = re.compile(
    rf"(?:中国)?(?:{_WORD}(?:省|自治区|特别行政区)(?:{_WORD}(?:市|自治州|地区|盟))?|{_WORD}市)"
    r"(?:[^省市区县]{1,10}?(?:区|县|市|旗))?"
)


def names(text: str, never: Iterable[str]) -> bool:
    """Whether the text holds somebody's number or one of the secrets, in whatever shape it was typed."""
    said = plain(text)
    return _NUMBER.search(said.translate(_IN_WORDS)) is not None or any(
        _told(plain(each), said) for each in never
    )


def plain(text: str) -> str:
    """Without blanks, signs that are not seen, and what stands between digits; every script's digits as 0 to 9."""
    shown = (
        str(unicodedata.digit(char)) if char.isdecimal() else char
        for char in unicodedata.normalize("NFKC", text).casefold()
    )
    return "".join(
        char
        for char in shown
        if not char.isspace() and char not in _BETWEEN and unicodedata.category(char) not in ("Cf", "Mn")
    )


def _told(secret: str, said: str) -> bool:
    """The whole of what is short; of what is long any RUN signs, unless they name a region only."""
    found = _REGION.match(secret)
    region = found.end() if found else 0
    if len(secret) < SHORTEST or region == len(secret):
        return False
    if not region and len(secret) <= RUN:
        return secret in said
    first = region if len(secret) - region >= RUN else max(0, region + SHORTEST - RUN)
    width = min(RUN, len(secret) - first)
    return any(secret[at : at + width] in said for at in range(first, len(secret) - width + 1))
