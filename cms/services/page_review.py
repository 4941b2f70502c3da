"""The periodic review of the main page (C3.1, M1.1): opened by its schedule, closed with findings."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from cms.models import Review
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Invalid, NotFound
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.selectors import require
from office.staff import api as staff

if TYPE_CHECKING:
    from office.staff.models import Employee

SCHEDULE = "cms.main_page_review"
CLOCK = "cms.close_review"
MAY = "cms.review_page"


@transaction.atomic
def open_review(*, now: datetime) -> Review | None:
    """The review whose time has come, if it is not there yet; its clock begins now. None when nothing is due, or while
    an earlier one is still open: that one is the task.

    Called every few minutes by beat; many at once open one (advisory lock).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('cms.review'))")
        if not cursor.fetchone()[0]:
            return None
    rule = rulebook.schedule_rule(SCHEDULE, at=now)
    due = rulebook.latest_run(rule, now)
    if Review.objects.filter(opened_for__gte=due).exists() or Review.objects.filter(closed_at=None).exists():
        return None
    review = Review(opened_for=due, clause=rule.clause, opened_at=now, due_at=now)
    review.save()
    clock = deadlines.open(
        CLOCK,
        subject=review.subject,
        started_at=now,
        now=now,
        targets={"holder": "|".join(sorted(rulebook.positions_with(MAY, at=now)))},
    )
    review.due_at = clock.due_at
    review.save(update_fields=["due_at"])
    audit.record("cms.open_review", subject=review.subject, by=None, now=now, clause=rule.clause)
    notices.notify(
        "cms.review_opened",
        recipients=sorted(
            {
                person.pk
                for post in rulebook.positions_with(MAY, at=now)
                for person in staff.holders(post, now)
            }
        ),
        source="page_review",
        source_id=review.pk,
        subject=review.subject,
        clause=rule.clause,
        params={"due_at": clock.due_at.isoformat()},
        now=now,
    )
    return review


@transaction.atomic
def close_review(*, review_id: int, findings: str, by: Employee, now: datetime) -> Review:
    """What was found; the clock is met. Raises Forbidden, NotFound, Conflict (closed by whom), Invalid."""
    require(by, MAY, now)
    review = (
        Review.objects.select_for_update(of=("self",))
        .select_related("closed_by")
        .filter(pk=review_id)
        .first()
    )
    if review is None:
        raise NotFound(_("There is no such review."))
    if review.closed_by is not None:
        raise Conflict(_("{name} has closed it already.").format(name=review.closed_by.name), code="closed")
    said = findings.strip()
    if not said or len(said) > 4000:
        message = _("Say what you found, in at most 4,000 characters.")
        raise Invalid(
            message, code="findings",
            errors=[{"path": "findings", "code": "required", "message": str(message)}],
        )  # fmt: skip
    review.findings, review.closed_at, review.closed_by = said, now, by
    review.save(update_fields=["findings", "closed_at", "closed_by"])
    deadlines.meet(CLOCK, subject=review.subject, at=now)
    audit.record(
        "cms.close_review",
        subject=review.subject,
        by=by,
        now=now,
        clause=review.clause,
        data={"findings": said[:500]},
    )
    return review
