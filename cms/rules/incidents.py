"""What a look at a site means, and how an incident moves. Pure; the database holds the same moves
(cms/migrations/0004_watch_law.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

REPORT: Final = "cms.report_incident"
ACKNOWLEDGE: Final = "cms.acknowledge"
POST_MORTEM: Final = "cms.post_mortem"

DOWN: Final = "down"
ABNORMAL: Final = "abnormal"
CERTIFICATE: Final = "certificate"
CONTENT: Final = "content"
#: Kinds that a probe opens, and closes when it finds the site well again.
PROBED: Final = (DOWN, ABNORMAL, CERTIFICATE, CONTENT)
#: Errors of a look that say where the site leads, not that it is away (office.outbound).
LED_AWAY: Final = frozenset({"not_listed", "private", "address", "downgrade", "redirects"})
#: Kinds that a probe opens at the first sight: a certificate does not mend itself by a second look.
AT_ONCE: Final = frozenset({CERTIFICATE})

OPEN, ACKNOWLEDGED, TOLD, RESOLVED, CLOSED = "open", "acknowledged", "told", "resolved", "closed"
MOVES: Final[Mapping[str, frozenset[str]]] = {
    OPEN: frozenset({ACKNOWLEDGED, TOLD, RESOLVED}),
    ACKNOWLEDGED: frozenset({TOLD, RESOLVED}),
    TOLD: frozenset({RESOLVED}),
    RESOLVED: frozenset({CLOSED}),
    CLOSED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Look:
    """What came back. `status` 0: nothing whole did, `error` says why. `fingerprint` "": no text was compared;
    `missing`: the part that counts is not on the page."""

    at: datetime
    status: int = 0
    ms: int | None = None
    error: str = ""
    certificate_ends: datetime | None = None
    fingerprint: str = ""
    text: str = ""
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """The book's parameter `cms.probe`."""

    failures: int
    slow_ms: int
    certificate: timedelta


def judge(look: Look, *, approved: str, limits: Limits) -> dict[str, bool]:
    """{kind: whether this look shows it}; a kind that the look could not judge is left out.

    `approved` is the fingerprint that ought to be there, "" when none is.
    """
    if look.error == CERTIFICATE:
        return {CERTIFICATE: True}
    if look.error in LED_AWAY:
        return {DOWN: False, ABNORMAL: True}
    if look.status == 0 or look.status >= 500:
        return {DOWN: True}
    found = {
        DOWN: False,
        ABNORMAL: look.status >= 300 or look.missing or (look.ms is not None and look.ms > limits.slow_ms),
    }
    if look.certificate_ends is not None:
        found[CERTIFICATE] = look.certificate_ends - look.at < limits.certificate
    if approved and look.fingerprint and look.status == 200:
        found[CONTENT] = look.fingerprint != approved
    return found


def counted(streaks: Mapping[str, int], seen: Mapping[str, bool]) -> dict[str, int]:
    """How often in a row each kind was seen, this look included; a kind not judged keeps its count."""
    now = {kind: count for kind, count in streaks.items() if kind not in seen}
    return now | {kind: streaks.get(kind, 0) + 1 for kind, shown in seen.items() if shown}


def due_kinds(streaks: Mapping[str, int], seen: Mapping[str, bool], failures: int) -> list[str]:
    """The kinds for which an incident has to be open after this look."""
    return [
        kind
        for kind in PROBED
        if seen.get(kind) and streaks.get(kind, 0) >= (1 if kind in AT_ONCE else failures)
    ]
