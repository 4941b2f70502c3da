"""How large a scan, certificate or other paper may be, out of the book."""

from __future__ import annotations

from datetime import datetime

from office.files.api import Limits
from office.rulebook import api as rulebook


def upload_limits(at: datetime | None = None) -> Limits:
    """Pictures and documents, no videos; by the book in force at `at`, else now."""
    rule = rulebook.limit_rule("contracts.upload", at=at)
    return Limits(image=rule.count, document=rule.count, clause=rule.clause)


def door_limits(at: datetime | None = None) -> Limits:
    """What a supplier hands in at its door, and what goes with a complaint that it reads there."""
    rule = rulebook.limit_rule("contracts.door_upload", at=at)
    return Limits(image=rule.count, document=rule.count, clause=rule.clause)
