"""The lottery of random inspections (P3.2): by the schedule of the book, and besides when an inspector wants one."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from contracts.models import Draw, Inspection, OrderLine, PurchaseOrder
from contracts.order_subjects import draw_subject
from contracts.rules import lottery
from contracts.services.inspecting import planned
from contracts.services.sides import INSPECT
from office.audit import api as audit
from office.errors import Conflict
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.allowed import people_with, require

if TYPE_CHECKING:
    from office.staff.models import Employee

SCHEDULE, SHARE = "contracts.draw", "contracts.draw_share"
VERBS = {"contracts.drawn": _("Inspections drawn by lot")}


def draw_due(*, now: datetime) -> Draw | None:
    """The newest instant of the schedule that has come, once; None when it was drawn, or nothing is in production. Safe
    by many at once."""
    if not rulebook.has_rule(SCHEDULE, now):
        return None
    scheduled_at = rulebook.latest_run(rulebook.schedule_rule(SCHEDULE, at=now), now)
    if Draw.objects.filter(scheduled_at=scheduled_at).exists():
        return None
    try:
        return _draw(scheduled_at, None, now)
    except IntegrityError:  # another one was first
        if Draw.objects.filter(scheduled_at=scheduled_at).exists():
            return None
        raise


def draw_now(*, by: Employee, now: datetime) -> Draw:
    """One more, besides the schedule. Raises Forbidden, Conflict (`nothing`)."""
    require(by, INSPECT, now)
    made = _draw(None, by, now)
    if made is None:
        raise Conflict(_("Nothing is in production that could be drawn."), code="nothing", clause="P3.2")
    return made


@transaction.atomic
def _draw(scheduled_at: datetime | None, by: Employee | None, now: datetime) -> Draw | None:
    """The seed comes from the system's source of randomness at this instant: nobody chooses it. No order goes into
    production or out of it meanwhile: the database draws once more, and out of the same lines."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('contracts.draw'))")
    lines = {
        line.pk: line
        for line in OrderLine.objects.filter(order__state=PurchaseOrder.State.PRODUCING)
        .select_related("order")
        .prefetch_related("steps")
        .order_by("pk")
    }
    candidates = {pk: [step.pk for step in line.steps.all()] for pk, line in lines.items()}
    if not candidates:
        return None
    share, seed = rulebook.limit_rule(SHARE, at=now), secrets.token_hex(16)
    chosen = lottery.draw(seed, candidates, share.amount)
    made = Draw.objects.create(
        scheduled_at=scheduled_at,
        seed=seed,
        percent=share.amount,
        candidates=[{"line": pk, "steps": steps} for pk, steps in candidates.items()],
        chosen=[each._asdict() for each in chosen],
        clause=share.clause,
        by=by,
        at=now,
    )
    Inspection.objects.bulk_create(
        Inspection(
            draw=made, line_id=each.line, stage=Inspection.Stage.STEP, step_id=each.step, by=by, at=now,
            **planned(lines[each.line].quantity, now),
        )
        for each in chosen
    )  # fmt: skip
    audit.record(
        "contracts.drawn", subject=draw_subject(made), by=by, now=now, clause=share.clause,
        data={"seed": seed, "candidates": len(candidates), "chosen": [each.line for each in chosen]},
    )  # fmt: skip
    notices.notify(
        "contracts.drawn", people_with(INSPECT, now), source="inspection_draw", source_id=made.pk,
        subject=draw_subject(made), now=now, clause=share.clause, params={"count": len(chosen)},
    )  # fmt: skip
    return made
