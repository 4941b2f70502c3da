"""A punch that is missing: asked for with proof, agreed to by the chain, entered beside the punches (S2d)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models import CorrectedPunch, Punch
from attendance.selectors.settling import reduced
from attendance.selectors.terms import begins, terms_of
from attendance.services.punching import mark_instants
from attendance.subjects import day_subject, read_day_key
from office.approvals import api as approvals
from office.audit import api as audit
from office.errors import Invalid
from office.files import api as files
from office.rulebook import api as rulebook

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from office.staff.models import Employee

CORRECTION = "attendance.correction"
PROOF = "attendance.proof_size"
VERBS = {"attendance.corrected": _("Missing punch entered")}
REASON = 300
OLDEST = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Missing:
    """One punch that is missing: when, and whether it was coming ("in") or leaving ("out")."""

    at: datetime
    direction: str


def proof_limits(now: datetime) -> files.Limits:
    """What a proof may be: a picture or a document."""
    rule = rulebook.limit_rule(PROOF, at=now)
    return files.Limits(image=rule.count, document=rule.count, clause=rule.clause)


@transaction.atomic
def ask_correction(
    *,
    day: date,
    missing: Sequence[Missing],
    reason: str,
    proof: bytes | None,
    proof_name: str,
    by: Employee,
    now: datetime,
    again: approvals.Run | None = None,
) -> approvals.Run:
    """Ask for one's own day: the punches that are missing, why, and what shows it. `again`: the request that came back,
    which keeps its proof when `proof` is None. Raises Invalid (fields `arrived`, `left`, `reason`, `file`),
    FileRefused, Conflict (`running`: one is on its way for this day)."""
    wrong: list[dict[str, str]] = []
    today = timezone.localdate(now)
    terms = terms_of(rulebook.book(now))
    low, high = (
        begins(day) - terms.before,
        begins(day + timedelta(days=1)) + terms.after + timedelta(hours=12),
    )
    if not today - OLDEST <= day <= today:
        wrong.append(_problem("arrived", "day", _("A day of the last thirteen months, please.")))
    elif reduced([(by.pk, day)], today):
        told = _("What this day rests on has been erased: nothing can be added to it.")
        wrong.append(_problem("arrived", "reduced", told))
    if not missing:
        wrong.append(_problem("arrived", "missing", _("Say when you came or when you left.")))
    for each in missing:
        field = "arrived" if each.direction == "in" else "left"
        if each.at > now:
            wrong.append(_problem(field, "future", _("This lies in the future.")))
        elif not low <= each.at < high:
            wrong.append(_problem(field, "other_day", _("This does not belong to the day.")))
    if len(missing) == 2 and not wrong and missing[0].at >= missing[1].at:
        wrong.append(_problem("left", "order", _("Leaving comes after coming.")))
    reason = reason.strip().replace("\x00", "")
    if not reason:
        wrong.append(_problem("reason", "required", _("Please say why the punch is missing.")))
    elif len(reason) > REASON:
        wrong.append(_problem("reason", "too_long", _("At most 300 characters.")))
    if proof is None and again is None:
        wrong.append(_problem("file", "required", _("Please attach what shows it.")))
    if wrong:
        raise Invalid(_("It was not handed in. Please look at the marked fields."), errors=wrong)
    shown = list(again.payload["evidence"]["proof"]) if again is not None else []
    if proof is not None:
        kept = files.keep_file(content=proof, name=proof_name, by=by, now=now, limits=proof_limits(now))
        shown = [kept.pk]
    payload = {
        "employee": by.pk,
        "day": day.isoformat(),
        "rows": [{"at": each.at.isoformat(), "direction": each.direction} for each in missing],
        "reason": reason,
        "evidence": {"proof": shown},
    }
    if again is not None:
        return approvals.resubmit(run_id=again.pk, payload=payload, by=by, now=now, comment=reason)
    return approvals.submit(
        kind=CORRECTION, subject=day_subject(by, day), payload=payload, by=by, now=now, comment=reason
    )


def check(payload: Mapping[str, Any]) -> None:
    """Only missing punches of one person, not there already. Raises Invalid."""
    rows = payload.get("rows") or []
    instants = [datetime.fromisoformat(row["at"]) for row in rows]
    if not rows or len(rows) > 2 or any(row.get("direction") not in ("in", "out") for row in rows):
        raise Invalid(_("This is no missing punch."), code="not_missing")
    if Punch.objects.filter(employee_id=payload["employee"], at__in=instants).exists():
        raise Invalid(_("There is a punch at this very second already."), code="punch_exists")


def enter(*, run: approvals.Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """What was agreed to becomes a fact, and the day is settled again."""
    instants = []
    for row in payload["rows"]:
        at = datetime.fromisoformat(row["at"])
        CorrectedPunch.objects.create(
            employee_id=payload["employee"], at=at, direction=row["direction"], made_at=now, run_id=run.pk
        )
        instants.append((int(payload["employee"]), at))
    mark_instants(instants, now=now)
    key = read_day_key(run.subject_id)
    audit.record(
        "attendance.corrected",
        subject=day_subject(run.requester, key[1] if key else timezone.localdate(instants[0][1])),
        by=by,
        now=now,
        clause=run.clause,
        data={"run": run.pk, "punches": len(instants)},
    )


def _problem(path: str, code: str, message: StrOrPromise) -> dict[str, str]:
    return {"path": path, "code": code, "message": str(message)}
