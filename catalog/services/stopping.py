"""A promotion is stopped before its end (C11.3, M9.3): asked for with the reason, agreed to, carried out. From that
instant on the prior prices are back; what is not stopped so ends by itself alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from catalog.models import Promotion, PromotionStop
from catalog.selectors.promotions import access_promotion
from catalog.services.checks import Problems
from catalog.services.executed import require_evidence
from catalog.subjects import promotion_subject
from office.approvals import api as approvals
from office.audit import api as audit
from office.errors import Conflict

if TYPE_CHECKING:
    from office.approvals.models import Run
    from office.staff.models import Employee

STOP = "catalog.promotion_stop"
VERBS = {"catalog.stop_promotion": _("Promotion stopped early, prior prices are back")}


def ask_stop(
    *,
    promotion_id: int,
    reason: str,
    by: Employee,
    now: datetime,
    comment: str = "",
    again: Run | None = None,
) -> Run:
    """Ask that a promotion that runs, or is to run, stops. Raises NotFound, Invalid, Conflict (`not_set`, `over`,
    `stopped`), and what `submit` raises."""
    promotion = access_promotion(promotion_id)
    _require_stoppable(promotion, now)
    wrong = Problems()
    said = wrong.text("reason", " ".join(reason.split()), 500)
    wrong.raise_if_any(_("Please give the reason."))
    payload = {
        "promotion": promotion.pk,
        "title": promotion.title,
        "until": promotion.ends_at.isoformat(),
        "reason": said,
    }
    if again is not None:
        return approvals.resubmit(run_id=again.pk, payload=payload, by=by, now=now, comment=comment)
    return approvals.submit(
        kind=STOP, subject=promotion_subject(promotion), payload=payload, by=by, now=now, comment=comment
    )


def stop_promotion(
    *, run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime
) -> PromotionStop:
    """What was agreed is carried out: from `now` on its prices no longer hold. Raises Invalid (`execution_evidence`),
    Conflict (`over`, `stopped`)."""
    require_evidence(run)
    promotion = Promotion.objects.select_for_update().get(pk=payload["promotion"])
    _require_stoppable(promotion, now)
    stop = PromotionStop.objects.create(promotion=promotion, reason=payload["reason"], at=now, run=run)
    audit.record(
        "catalog.stop_promotion",
        subject=promotion_subject(promotion),
        by=by,
        now=now,
        clause=run.clause,
        data={"reason": stop.reason, "run": run.pk},
    )
    return stop


def _require_stoppable(promotion: Promotion, now: datetime) -> None:
    if promotion.priced_at is None:
        raise Conflict(_("Its prices are not set: there is nothing to stop."), code="not_set")
    if promotion.stopped_at is not None:
        raise Conflict(_("This promotion has been stopped already."), code="stopped")
    if promotion.ends_at <= now:
        raise Conflict(_("This is over already."), code="over")
