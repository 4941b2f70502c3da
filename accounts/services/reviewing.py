"""The quarter's look at every grant: opened by its schedule, a word on each, closed when all have one."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import GrantReview, GrantWord
from accounts.selectors import access
from accounts.selectors import reviews as selectors
from accounts.services import grants
from office.approvals.models import Run
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.deadlines.models import Deadline
from office.errors import Conflict, Forbidden, NotFound
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.allowed import people_with, unless, words
from office.staff.models import Employee

SCHEDULE, CLOCK = "accounts.grant_review", "accounts.close_grant_review"
KEEP, END = GrantWord.Decision.KEEP, GrantWord.Decision.END


@transaction.atomic
def open_review(*, now: datetime) -> GrantReview | None:
    """The review whose time has come, if it is not there yet; None when nothing is due or nothing is granted.

    Called every few minutes by beat; many at once open one (advisory lock).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('accounts.review'))")
        if not cursor.fetchone()[0]:
            return None
    if not rulebook.has_rule(SCHEDULE, now):
        return None
    rule = rulebook.schedule_rule(SCHEDULE, now)
    due = rulebook.latest_run(rule, now)
    if (
        due is None
        or GrantReview.objects.filter(opened_for__gte=due).exists()
        or not access.in_force(now).exists()
    ):
        return None
    review = GrantReview.objects.create(opened_for=due, opened_at=now, due_at=now, clause=rule.clause)
    keepers = rulebook.positions_with(grants.ADMIN, now)
    clock = deadlines.open(
        CLOCK, subject=review.subject, started_at=now, now=now, targets={"holder": "|".join(sorted(keepers))}
    )
    review.due_at = clock.due_at
    review.save(update_fields=["due_at"])
    audit.record("accounts.open_review", subject=review.subject, by=None, now=now, clause=rule.clause)
    told = people_with(grants.ADMIN, now) | {
        leader.pk for leader in selectors.leaders_of(access.in_force(now), now)
    }
    _tell("accounts.review_opened", review, told, now)
    return review


@transaction.atomic
def say(
    *, review_id: int, grant_id: int, decision: str, reason: str, by: Employee, now: datetime
) -> GrantWord:
    """One grant is needed further on, or a request to end it goes its way. Said by somebody above the person or by the
    administrator, never by the person himself. Raises NotFound, Forbidden, Invalid, Conflict (`said`, `over`)."""
    review = GrantReview.objects.select_for_update().filter(pk=review_id).first()
    grant = access.access_grant(by, grant_id, now)
    if review is None or not selectors.subject_to(review).filter(pk=grant.pk).exists():
        raise NotFound(_("There is no such grant in this review."))
    if not selectors.may_say(by, grant.employee, now):
        raise Forbidden(
            _("A grant is confirmed by somebody above the person, or by the administrator."),
            clause=review.clause,
        )
    said = words(reason, path="reason", longest=500, missing=_("Say why."))
    run: Run | None = None
    if decision == END:
        run = grants.ask_end(grant_id=grant.pk, reason=said, by=by, now=now)
    with unless(
        "grant_word_once", lambda: Conflict(_("Somebody has said a word on it already."), code="said")
    ):
        word = GrantWord.objects.create(
            review=review,
            grant=grant,
            decision=END if decision == END else KEEP,
            reason=said,
            run=run,
            by=by,
            at=now,
        )
    data = {"grant": grant.pk, "decision": word.decision, "review": review.pk}
    for subject in (review.subject, grant.subject):
        audit.record(
            "accounts.review_grant", subject=subject, by=by, now=now, clause=review.clause, data=data
        )
    close_done(now=now)
    return word


def close_done(*, now: datetime) -> int:
    """Closes the reviews in which nothing is left to say; how many."""
    closed = 0
    for review in GrantReview.objects.select_for_update().filter(closed_at=None):
        if selectors.unsaid(review, now).exists():
            continue
        review.closed_at = now
        review.save(update_fields=["closed_at"])
        deadlines.meet(CLOCK, subject=review.subject, at=now)
        audit.record("accounts.close_review", subject=review.subject, by=None, now=now, clause=review.clause)
        closed += 1
    return closed


@transaction.atomic
def close_finished(*, now: datetime) -> int:
    """As `close_done`, for the clock: a grant may have ended by itself."""
    return close_done(now=now)


def not_confirmed(deadline: Deadline, now: datetime) -> None:
    """The time is over: the administrator is told to propose that what nobody confirmed be ended (the rule's word);
    nothing ends by that itself."""
    review = GrantReview.objects.filter(pk=int(deadline.subject_id), closed_at=None).first()
    if review is not None:
        _tell("accounts.review_late", review, people_with(grants.ADMIN, now), now)


def _tell(kind: str, review: GrantReview, recipients: set[int], now: datetime) -> None:
    notices.notify(
        kind,
        recipients,
        source="grant_review",
        source_id=review.pk,
        step=1 if kind == "accounts.review_late" else 0,
        subject=review.subject,
        now=now,
        clause=review.clause,
        params={"due_at": review.due_at.isoformat(), "n": selectors.unsaid(review, now).count()},
    )
