"""Who hears of backups that failed: IT and the general manager, as the rulebook's `backups.view` names them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backups.models import BackupRun
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.allowed import people_with
from office.subjects import Subject

SEE = "backups.view"


def audience(now: datetime) -> list[int]:
    """Ids of the people who see the backups, by their posts or by a grant."""
    return sorted(people_with(SEE, now))


def tell(
    kind: str, run: BackupRun, *, step: int, clause: str, params: Mapping[str, Any], now: datetime
) -> None:
    notices.notify(
        kind,
        recipients=audience(now),
        source=kind,
        source_id=run.pk,
        subject=run.subject,
        step=step,
        clause=clause,
        params=params,
        now=now,
        urgent=True,
    )


def tell_of_list(kind: str, what: str, now: datetime) -> None:
    """That something is wrong with the list of erasures."""
    notices.notify(
        kind,
        recipients=audience(now),
        source=kind,
        source_id=int(now.timestamp()),
        subject=Subject("erasures", "list"),
        clause=rulebook.limit_rule("backups.offsite_age", at=now).clause,
        params={"what": what[:400]},
        now=now,
        urgent=True,
    )
