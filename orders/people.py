"""What a recipient's name, phone and address mean: masked or not, complete or not, by which words found. Pure.

Platforms mask what they show (`张*`, `138****5678`) or put a cipher in its place (`##…##`, `$…$1$`, `~…~1~`). A masked
value is no contract term and never tells that two recipients are one person.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_CIPHER = re.compile(r"(?:##|\$\$).*|([~$#]).+\1(?:\d+\1)?", re.DOTALL)
_PUNCTUATION = re.compile(r"[\s\-().·]+")
_LABELLED = re.compile(r"(?:tel|phone|电话|手机)[:：]?", re.IGNORECASE)
_DIGITS = re.compile(r"\d{7,15}")
_MAINLAND = re.compile(r"1[3-9]\d{9}")
#: Longest name whose bigrams are indexed; a longer one is found by its beginning.
_NAME_LIMIT = 60


def is_masked(value: str) -> bool:
    """Stars, or a platform's cipher instead of the value."""
    if "*" in value or "＊" in value or "●" in value or "※" in value:
        return True
    return value[:1] in ("~", "$", "#") and bool(_CIPHER.fullmatch(value))


@lru_cache(maxsize=4096)
def folded(value: str) -> str:
    """NFKC, without case and white space: how two spellings of one value are compared."""
    return "".join(unicodedata.normalize("NFKC", value).casefold().split())


def complete_phone(value: str) -> str:
    """The digits of a complete phone number, mainland mobiles without 86; "" for anything else.

    A number with an extension is a platform's privacy number: it is lent to somebody else tomorrow, so it identifies
    nobody.
    """
    if len(value) == 11 and value.isascii() and _MAINLAND.fullmatch(value):
        return value if len(set(value)) > 1 else ""
    text = unicodedata.normalize("NFKC", value).strip()
    if not text or is_masked(text):
        return ""
    digits = _PUNCTUATION.sub("", _LABELLED.sub("", text))
    if digits.isascii() and digits.startswith("+"):
        digits = digits[1:]
    elif digits.startswith("00"):
        digits = digits[2:]
    if not (digits.isascii() and _DIGITS.fullmatch(digits)):
        return ""
    if digits.startswith("86") and _MAINLAND.fullmatch(digits[2:]):
        digits = digits[2:]
    if digits[0] == "1" and digits[1] in "3456789" and len(digits) > 11:
        return ""  # a mobile and an extension
    return "" if len(set(digits)) == 1 else digits  # 0000000 stands for none


#: Runs that look like a telephone number, and mainland mobiles inside longer text.
_RUN = re.compile(r"[+(]?\d[\d\s\-().·]{5,24}\d")
_MOBILE_WITHIN = re.compile(r"(?<!\d)(?:\+?86[\s-]?)?(1[3-9]\d)[\s-]?(\d{4})[\s-]?(\d{4})(?!\d)")


def mobiles_in(value: str) -> list[str]:
    """The mainland mobiles anywhere in a text, as `complete_phone` spells them."""
    text = unicodedata.normalize("NFKC", value)
    found = ["".join(parts) for parts in _MOBILE_WITHIN.findall(text)]
    return [digits for digits in dict.fromkeys(found) if complete_phone(digits)]


def phones_in(value: str) -> list[str]:
    """Everything in a text that could be a complete phone, the mobiles first: rather too many than one missed."""
    text = unicodedata.normalize("NFKC", value)
    runs = (complete_phone(run) for run in _RUN.findall(text))
    return list(dict.fromkeys([*mobiles_in(text), *filter(None, runs)]))


def last_four(value: str) -> str:
    """The last four digits of a phone, masked or not; "" when they are not there to see."""
    tail = _PUNCTUATION.sub("", unicodedata.normalize("NFKC", value))[-4:]
    return tail if len(tail) == 4 and tail.isascii() and tail.isdigit() else ""


def name_grams(value: str) -> list[str]:
    """The bigrams by which a name is found; the one character of a one-character name; none for a masked name."""
    name = folded(value)[:_NAME_LIMIT]
    if not name or is_masked(name):
        return []
    return sorted({name[i : i + 2] for i in range(len(name) - 1)}) or [name]
