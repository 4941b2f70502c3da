"""What in a text for the public leads to a person: a number to call or write to, an address. Pure.

Numbers are recognised however they are split and written: full-width, in circles, in Chinese digits, with blanks, dots
or strokes between, with the prefix of the country.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_CHINESE: Final = str.maketrans("〇零○一二三四五六七八九壹贰叁肆伍陆柒捌玖幺两", "00012345678912345678912")
#: What people put between the digits of a number.
_BETWEEN = r"[\s.\-‐-―_()\[\]（）【】·•*/\\|,，]{0,3}"
_DIGITS = re.compile(rf"\d(?:{_BETWEEN}\d)+")
#: Days, times, prices and measures are no numbers to call.
_DAY = re.compile(
    r"(?<!\d)(?:19|20)\d\d\s?[-./年]\s?\d{1,2}\s?[-./月]\s?\d{1,2}(?!\d)日?(?:\s+\d{1,2}:\d\d(?::\d\d)?)?"
)
_YEARS = re.compile(r"(?<!\d)(?:19|20)\d\d\s?[-–—~至到]\s?(?:19|20)\d\d(?!\d)")
#: Digits of one number: mobile, landline with its area, 400 and 800, identity card; the country's prefix may lead.
_NUMBER = re.compile(
    r"(?:00)?(?:86)?1[3-9]\d{9}|(?:00)?(?:86)?0[1-9]\d{1,2}[2-9]\d{6,7}|[48]00\d{7}|[1-9]\d{5}(?:19|20)\d{9}\d?"
)
#: Seven digits or more that only blanks and strokes part.
_PLAIN = re.compile(r"(?<!\d)(?:\+?\d[\s\-]?){7,}(?!\d)")
_MAIL = re.compile(
    r"[\w.+-]+\s*(?:@|#|\(at\)|\[at\]|\bat\b)\s*[\w-]+(?:\s*(?:\.|。|\(dot\)|\bdot\b|点)\s*(?:com|cn|net|org|edu|gov|cc|me|io|top|vip)\b)+"
    r"|[^\s@]+@[^\s@]+\.[^\s@]+",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    r"(?:(?<![a-z])(?:qq|wx|vx|wechat|weixin)|微信|威信|薇信|扣扣|企鹅号|旺旺)\s*(?:号码?|id)?\s*(?:[:：是为=]|\s)?\s*[a-z0-9][a-z0-9_-]{4,}",
    re.IGNORECASE,
)


def leads_to_somebody(text: str) -> bool:
    """Whether a number, an account or an address of a person stands in the text."""
    folded = unicodedata.normalize("NFKC", text)
    folded = "".join(each for each in folded if unicodedata.category(each) != "Cf")
    if _MAIL.search(folded) or _ACCOUNT.search(folded):
        return True
    return _has_number(folded) or _has_number(folded.translate(_CHINESE), plain=False)


def _has_number(text: str, *, plain: bool = True) -> bool:
    """`plain`: seven digits in a row are enough."""
    text = _YEARS.sub("；", _DAY.sub("；", text))
    if plain and _PLAIN.search(text):
        return True
    for found in _DIGITS.finditer(text):
        digits = re.sub(r"\D", "", found.group())
        if _NUMBER.search(digits):
            return True
    return False
