"""JSON from outside, read strictly, and the tools with which an adapter collects everything that is wrong with it.

Pure: no database, no clock. An adapter either yields an `IncomingOrder` or raises one `BadPayload` that lists every
problem with its JSON path ("lines[0].quantity"; "" is the whole body). Problems never repeat a customer's data.
"""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, NamedTuple

#: Containers inside containers; a real order needs six.
MAX_DEPTH = 32
#: Characters of one JSON number; a real amount needs twelve.
MAX_NUMBER = 40
#: Powers of ten beyond which a JSON number is nonsense here, and a danger to whoever expands it.
MAX_EXPONENT = 60
MAX_LINES = 1000

_QUANTA = [Decimal(1).scaleb(-places) for places in range(13)]
_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,12})?", re.ASCII)
_CJK = re.compile("[㐀-鿿豈-﫿]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
_LATEST = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


class Problem(NamedTuple):
    """What is wrong, where. `code` is for machines: required, type, number, range, too_long, characters, date, …"""

    path: str
    code: str
    message: str


class BadPayload(Exception):
    """The body cannot become an order. `problems` is never empty; `number` the order's, if it could be read."""

    def __init__(self, problems: Sequence[Problem], number: str = "") -> None:
        super().__init__(", ".join(f"{p.path}: {p.code}" for p in problems))
        self.problems = tuple(problems)
        self.number = number


@dataclass(frozen=True, slots=True)
class Notification:
    """What a shop's webhook says, once read.

    order: the order as the shop states it now. cancel: the shop deleted or cancelled `number` and says no more.
    ignore: nothing for the ledger (`reason` says why); it is recorded all the same.
    """

    kind: Literal["order", "cancel", "ignore"]
    order: Any = None
    number: str = ""
    reason: str = ""


# -- strict JSON ---------------------------------------------------------------------------------------------------


class _Refused(ValueError):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def _whole(text: str) -> int:
    if len(text) > MAX_NUMBER:
        raise _Refused(Problem("", "number", "A number is too long."))
    return int(text)


def _fraction(text: str) -> Decimal:
    if len(text) > MAX_NUMBER:
        raise _Refused(Problem("", "number", "A number is too long."))
    try:
        value = Decimal(text)
    except ArithmeticError as error:
        raise _Refused(Problem("", "number", "A number is out of range.")) from error
    if abs(value.adjusted()) > MAX_EXPONENT:
        raise _Refused(Problem("", "number", "A number is out of range."))
    return value


def _constant(text: str) -> None:
    raise _Refused(Problem("", "number", f"{text} is not a JSON number."))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for key, _value in pairs:
            if key in seen:
                raise _Refused(
                    Problem(printable(key), "duplicate_key", "The same key stands twice in one object.")
                )
            seen.add(key)
    return made


def printable(key: str) -> str:
    """A key as it may stand in a path: short, without what cannot be sent back."""
    return re.sub("[^\\w$@.:-]", "?", key, flags=re.ASCII)[:60]


def _walk(value: Any) -> Iterator[tuple[str, Any, int]]:
    """(path, value, depth) of everything inside, without recursion."""
    stack: list[tuple[str, Any, int]] = [("", value, 1)]
    while stack:
        path, item, depth = stack.pop()
        yield path, item, depth
        if depth > MAX_DEPTH:
            continue
        if isinstance(item, dict):
            for key, inner in item.items():
                shown = printable(key)
                stack.append((f"{path}.{shown}" if path else shown, inner, depth + 1))
        elif isinstance(item, list):
            stack.extend((f"{path}[{index}]", inner, depth + 1) for index, inner in enumerate(item))


def _unusable_text(text: str) -> str:
    """ "" or why the text can neither be stored nor sent on."""
    if "\x00" in text:
        return "A NUL character cannot be stored."
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "Half of a surrogate pair is no character."
    return ""


def strict_json(raw: bytes) -> Any:
    """The body as JSON: numbers as int or Decimal, no duplicate key, no NaN, no NUL, no lone surrogate, not too deep.

    Raises BadPayload (codes encoding, json, depth, duplicate_key, number, characters)."""
    try:
        text = raw.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise BadPayload([Problem("", "encoding", "The body is not UTF-8.")]) from error
    if not text.strip():
        raise BadPayload([Problem("", "json", "The body is empty.")])
    try:
        value = json.loads(
            text, parse_int=_whole, parse_float=_fraction, parse_constant=_constant, object_pairs_hook=_object
        )
    except _Refused as refused:
        raise BadPayload([refused.problem]) from None
    except RecursionError:
        raise BadPayload([Problem("", "depth", "The body is nested too deeply.")]) from None
    except json.JSONDecodeError as error:
        where = f"The body is not JSON (line {error.lineno}, column {error.colno})."
        raise BadPayload([Problem("", "json", where)]) from None
    # Surrogates and NUL can only come in by an escape: UTF-8 has no surrogates, and the parser refuses a raw NUL.
    escapes = "\\u" in text
    if not escapes and text.count("{") + text.count("[") <= MAX_DEPTH:
        return value  # the ordinary order: nothing to look for
    problems: list[Problem] = []
    for path, item, depth in _walk(value):
        if depth > MAX_DEPTH and isinstance(item, dict | list):
            raise BadPayload([Problem(path[:200], "depth", "The body is nested too deeply.")])
        if escapes:
            texts = [item] if isinstance(item, str) else list(item) if isinstance(item, dict) else []
            for one in texts:
                if why := _unusable_text(one):
                    problems.append(Problem(path, "characters", why))
                    break
    if problems:
        raise BadPayload(problems[:100])
    return value


def plain(value: Any) -> Any:
    """The same JSON with numbers letter for letter as strings, so that facts can be stored and compared."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, Decimal):
        return str(value)
    return value


# -- values --------------------------------------------------------------------------------------------------------


def decimal_of(
    value: Any, *, whole: int, places: int, cut: bool = False, negative: bool = False
) -> Decimal | str:
    """A JSON number or decimal string as a Decimal with at most `whole` and `places` digits; else the problem's code.

    `cut` rounds half up instead of refusing more places (a shop's computed unit price: 8.333333333)."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return "type"
    if isinstance(value, str):
        value = value.strip()
        if not _PLAIN_NUMBER.fullmatch(value):
            return "number"
    number = Decimal(value)
    if number.adjusted() >= whole:
        return "range"
    if number < 0 and not negative:
        return "range"
    rounded = number.quantize(_QUANTA[places], rounding="ROUND_HALF_UP")
    if rounded != number and not cut:
        return "places"
    return rounded + 0  # no negative zero


MESSAGES = {
    "required": "This is required.",
    "type": "This has the wrong type.",
    "number": "This is not a plain decimal number.",
    "range": "This number is out of range.",
    "places": "This number has too many decimal places.",
    "too_long": "This text is too long.",
    "too_many": "There are too many of these.",
    "too_few": "There is none of these, and at least one is needed.",
    "characters": "This holds characters that cannot be accepted here.",
    "date": "This is not an ISO 8601 date and time that can be accepted.",
    "currency": "This is not a currency code of three capital letters.",
    "goods": "A line needs a sku or a title.",
}


def moment_of(value: str, *, assume_utc: bool) -> dt.datetime | None:
    """An ISO 8601 moment between 1990 and 2100, aware; None when it is not one."""
    if not 10 <= len(value) <= 40 or not value.isascii():
        return None
    try:
        moment = dt.datetime.fromisoformat(value)
        if moment.tzinfo is None:
            if not assume_utc:
                return None
            moment = moment.replace(tzinfo=dt.UTC)
        moment = moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
    return moment if _EARLIEST <= moment < _LATEST else None


def number_problem(number: str) -> str:
    """The code of what is wrong with an order number, or ""."""
    if not number:
        return "required"
    if len(number) > 64:
        return "too_long"
    return "characters" if _CONTROL.search(number) else ""


def full_name(first: str, last: str) -> str:
    """First and last name in the order in which the person is called: 张伟, but Jon Snow."""
    if _CJK.search(first + last):
        return f"{last}{first}"
    return f"{first} {last}".strip()


class Reader:
    """Reads values out of parsed JSON and collects what is wrong instead of stopping at the first."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def wrong(self, path: str, code: str) -> None:
        self.problems.append(Problem(path, code, MESSAGES[code]))

    def text(
        self, of: Mapping[str, Any], key: str, *, path: str = "", longest: int = 500, entities: bool = False
    ) -> str:
        """A text, stripped; "" when absent or null. Whole numbers are taken as text (ids)."""
        where = f"{path}.{key}" if path else key
        value = of.get(key)
        if value is None:
            return ""
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            self.wrong(where, "type")
            return ""
        value = (html.unescape(value) if entities else value).strip()
        if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):  # &#0; &#xD800;
            self.wrong(where, "characters")
            return ""
        if len(value) > longest:
            self.wrong(where, "too_long")
            return ""
        return value

    def decimal(
        self,
        of: Mapping[str, Any],
        key: str,
        *,
        path: str = "",
        whole: int = 12,
        places: int = 2,
        required: bool = False,
        cut: bool = False,
        negative: bool = False,
    ) -> Decimal | None:
        """A number; None when absent, null or "" and not required."""
        where = f"{path}.{key}" if path else key
        value = of.get(key)
        if value is None or value == "":
            if required:
                self.wrong(where, "required")
            return None
        read = decimal_of(value, whole=whole, places=places, cut=cut, negative=negative)
        if isinstance(read, str):
            self.wrong(where, read)
            return None
        return read

    def moment(self, of: Mapping[str, Any], *keys: str, assume_utc: bool = False) -> dt.datetime | None:
        """The first of `keys` that is filled."""
        for key in keys:
            value = of.get(key)
            if value is None or value == "":
                continue
            read = moment_of(value, assume_utc=assume_utc) if isinstance(value, str) else None
            if read is None:
                self.wrong(key, "date")
            return read
        return None

    def objects(
        self, of: Mapping[str, Any], key: str, *, required: bool
    ) -> list[tuple[str, Mapping[str, Any]]]:
        """A list of objects with their paths, without what is none; [] when it is no list."""
        value = of.get(key)
        if value is None:
            if required:
                self.wrong(key, "required")
            return []
        if not isinstance(value, list):
            self.wrong(key, "type")
            return []
        if len(value) > MAX_LINES or (required and not value):
            self.wrong(key, "too_many" if value else "too_few")
            return []
        found: list[tuple[str, Mapping[str, Any]]] = []
        for index, item in enumerate(value):
            if isinstance(item, dict):
                found.append((f"{key}[{index}]", item))
            else:
                self.wrong(f"{key}[{index}]", "type")
        return found

    def part(self, of: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        """An object; {} when absent or null."""
        value = of.get(key)
        if value is None or value == []:  # PHP's empty array
            return {}
        if not isinstance(value, dict):
            self.wrong(key, "type")
            return {}
        return value

    def currency(self, of: Mapping[str, Any], default: str) -> str:
        value = self.text(of, "currency", longest=10)
        if value and not re.fullmatch("[A-Z]{3}", value):
            self.wrong("currency", "currency")
        return value or default

    def done(self, number: str = "") -> None:
        """Raises BadPayload when anything was wrong."""
        if self.problems:
            raise BadPayload(self.problems[:100], number)
