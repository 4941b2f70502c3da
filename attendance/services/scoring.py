"""Key figures of a post and reviews by them (J1.7, J1.9): the table is published, people are scored, say their word,
the chain agrees to the result, and the review is closed for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attendance.models import Kpi, KpiTable, Review, ReviewScore
from attendance.selectors.returned import returned_run
from office.approvals import api as approvals
from office.approvals.models import Run, Vote
from office.audit import api as audit
from office.enumerating import enumerated
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.allowed import require, words, wrong
from office.staff import api as staff
from office.staff.models import Employee, Position
from office.subjects import Subject

REVIEW, RESULT = "hiring.review", "hiring.review_result"
ABOVE = "of_decider"
MOST = 20


class Figure(NamedTuple):
    """One key figure as it is written down."""

    name: str
    target: str
    weight: int


@transaction.atomic
def write_table(
    *,
    position: str,
    period: str,
    first_day: date,
    last_day: date,
    figures: Sequence[Figure],
    by: Employee,
    now: datetime,
    table_id: int | None = None,
) -> KpiTable:
    """A table for a post and a period; with `table_id` another text of one that is not published. Weights make 100.

    Raises Forbidden, NotFound, Invalid, Conflict (published; the post has one from this day on)."""
    clause = require(by, REVIEW, now)
    if position not in Position.values:
        raise wrong("position", _("There is no such post."))
    called = words(period, path="period", longest=40, missing=_("Name the period."))
    if last_day <= first_day:
        raise wrong("last_day", _("The end must come after the start."))
    rows = [
        Figure(
            words(each.name, path="figures", longest=80, missing=_("Each key figure needs a name.")),
            words(each.target, path="figures", longest=120, missing=_("Each key figure needs a target.")),
            each.weight,
        )
        for each in figures
    ]
    if not 1 <= len(rows) <= MOST or any(not 1 <= row.weight <= 100 for row in rows):
        raise wrong(
            "figures", _("One to twenty key figures, each with a weight from 1 to 100."), clause=clause
        )
    total = sum(row.weight for row in rows)
    if total != 100:
        raise wrong(
            "figures", _("The weights make {total}; they must make 100.").format(total=total), clause=clause
        )
    others = KpiTable.objects.filter(position=position, first_day=first_day)
    if (others if table_id is None else others.exclude(pk=table_id)).exists():
        raise Conflict(_("The post has a table from this day on already."), code="known")
    if table_id is None:
        table = KpiTable(made_by=by, made_at=now)
    else:
        table = _table(table_id)
        if table.published_at is not None:
            raise Conflict(_("This table is published; nothing in it changes."), code="published")
    table.position, table.period, table.first_day, table.last_day = position, called, first_day, last_day
    table.save()
    table.kpis.all().delete()
    Kpi.objects.bulk_create(
        Kpi(table=table, place=place, name=row.name, target=row.target, weight=row.weight)
        for place, row in enumerate(rows)
    )
    audit.record(
        "attendance.write_kpis",
        subject=table.subject,
        by=by,
        now=now,
        clause=clause,
        data={"count": len(rows)},
    )
    return table


@transaction.atomic
def publish_table(*, table_id: int, by: Employee, now: datetime) -> list[Review]:
    """The table stands, and a review is opened for everybody who holds the post, the publisher himself excepted.

    Raises Forbidden, NotFound, Conflict (published; nobody holds the post)."""
    clause = require(by, REVIEW, now)
    table = _table(table_id)
    if table.published_at is not None:
        raise Conflict(_("This table is published; nothing in it changes."), code="published")
    people = [person for person in staff.holders(table.position, now) if person.pk != by.pk]
    if not people:
        raise Conflict(_("Nobody else holds this post."), code="nobody")
    table.published_at = now
    table.save(update_fields=["published_at"])
    reviews = Review.objects.bulk_create(
        Review(table=table, employee=person, opened_by=by, opened_at=now) for person in people
    )
    audit.record(
        "attendance.publish_kpis",
        subject=table.subject,
        by=by,
        now=now,
        clause=clause,
        data={"people": len(people)},
    )
    notices.notify(
        "attendance.kpis_published", [person.pk for person in people], source="kpis", source_id=table.pk,
        subject=table.subject, now=now, clause=clause,
    )  # fmt: skip
    return reviews


@transaction.atomic
def score_review(
    *,
    review_id: int,
    points: Mapping[int, int],
    notes: Mapping[int, str],
    text: str,
    by: Employee,
    now: datetime,
) -> Review:
    """Every key figure from 0 to 100 (`points` by Kpi id), in words. Never of oneself. Raises Forbidden, NotFound,
    Invalid, Conflict (`state`)."""
    clause = require(by, REVIEW, now)
    said = words(text, path="words", longest=2000, missing=_("Say what the scores rest on."))
    review = _review(review_id)
    if review.employee_id == by.pk:
        raise Forbidden(_("Nobody scores himself."), code="oneself", clause=clause)
    if review.state != Review.State.OPEN:
        raise Conflict(_("This review is scored already."), code="state")
    kpis = list(review.table.kpis.all())
    missing = [kpi.name for kpi in kpis if points.get(kpi.pk) not in range(101)]
    if missing:
        raise Invalid(
            _("From 0 to 100 points: {names}.").format(names=enumerated(missing)),
            clause=clause,
            errors=[{"path": f"points-{kpi.pk}", "code": "points", "message": str(_("From 0 to 100 points."))}
                    for kpi in kpis if points.get(kpi.pk) not in range(101)],
        )  # fmt: skip
    ReviewScore.objects.bulk_create(
        ReviewScore(
            review=review,
            kpi=kpi,
            points=points[kpi.pk],
            round=review.round,
            note=words(notes.get(kpi.pk, ""), path="words", longest=200),
        )
        for kpi in kpis
    )
    review.state, review.scored_by, review.scored_at, review.words = Review.State.SCORED, by, now, said
    review.save(update_fields=["state", "scored_by", "scored_at", "words"])
    audit.record("attendance.score_review", subject=review.subject, by=by, now=now, clause=clause)
    notices.notify(
        "attendance.review_scored", [review.employee_id], source="review", source_id=review.pk,
        step=review.round, subject=review.subject, now=now, clause=clause, params={"by": by.name},
    )  # fmt: skip
    return review


@transaction.atomic
def comment_review(*, review_id: int, text: str, by: Employee, now: datetime) -> Review:
    """The person's own word to it, once. Raises NotFound (another's), Invalid, Conflict (`state`)."""
    said = words(text, path="comment", longest=2000, missing=_("Write your comment, or that you have none."))
    review = _review(review_id)
    if review.employee_id != by.pk:
        raise NotFound(_("There is no such review."))
    if review.state != Review.State.SCORED or review.commented_at is not None:
        raise Conflict(_("Nothing waits for your comment here."), code="state")
    review.comment, review.commented_at = said, now
    review.save(update_fields=["comment", "commented_at"])
    audit.record("attendance.comment_review", subject=review.subject, by=by, now=now)
    notices.notify(
        "attendance.review_commented", [review.scored_by_id] if review.scored_by_id else [], source="review_word",
        source_id=review.pk, step=review.round, subject=review.subject, now=now, params={"by": by.name},
    )  # fmt: skip
    return review


@transaction.atomic
def ask_result(*, review_id: int, by: Employee, now: datetime, comment: str = "") -> Run:
    """Put the result before the chain, once the person has said his word; a request that came back is asked again.
    About somebody who would decide on it himself the chain above does. Raises Forbidden, NotFound, Conflict
    (`state`; `no_chain`: the book in force names none), and what `submit` raises."""
    clause = require(by, REVIEW, now)
    approvals.hold(Subject("review", str(review_id)))
    review = _review(review_id)
    if review.employee_id == by.pk:
        raise Forbidden(_("Nobody closes his own review."), code="oneself", clause=clause)
    again = returned_run(RESULT, review.subject, by)
    if again is not None:
        return approvals.resubmit(run_id=again.pk, payload=_paper(review), by=by, now=now, comment=comment)
    if review.state != Review.State.SCORED or review.commented_at is None:
        raise Conflict(_("The person has not said his word yet, or it is decided on."), code="state")
    if not rulebook.has_rule(RESULT, now):
        raise Conflict(_("The rulebook in force names nobody who agrees to a review."), code="no_chain")
    review.state = Review.State.ASKED
    review.save(update_fields=["state"])
    return approvals.submit(
        kind=RESULT,
        subject=review.subject,
        payload=_paper(review),
        flags=[ABOVE] if _decides_otherwise(review, by, now) else [],
        by=by,
        now=now,
        comment=comment,
    )


def _paper(review: Review) -> dict[str, object]:
    scores = list(review.scores.filter(round=review.round).select_related("kpi").order_by("kpi__place"))
    return {
        "review": review.pk,
        "employee": review.employee_id,
        "round": review.round,
        "total": f"{total_of(scores):.1f}",
        "scores": [
            {"name": each.kpi.name, "weight": each.kpi.weight, "points": each.points, "note": each.note}
            for each in scores
        ],
        "words": review.words,
        "comment": review.comment,
    }


def total_of(scores: Sequence[ReviewScore]) -> float:
    """The weighted points of a review, 0 to 100."""
    return sum(each.kpi.weight * each.points for each in scores) / 100


def _decides_otherwise(review: Review, by: Employee, now: datetime) -> bool:
    """The person holds a post that the chain asks."""
    asked = {code for step in rulebook.chain_rule(RESULT, now).steps for code in step.positions}
    if "superior" in asked:
        above = rulebook.book(now).superiors
        asked |= {code for code in map(above.get, staff.positions_of(by, now)) if code}
    return bool(asked & staff.positions_of(review.employee, now))


def check_result(payload: Mapping[str, Any]) -> None:
    """Raises Invalid for what names no review."""
    named = payload.get("review")
    if not isinstance(named, int) or not Review.objects.filter(pk=named).exists():
        raise wrong("review", _("There is no such review."), code="payload")


def close_review(*, run: Run, by: Employee | None, now: datetime) -> None:
    """Agreed to: closed for good. Raises Conflict (`state`)."""
    review = _review(int(run.subject_id))
    if review.state != Review.State.ASKED:
        raise Conflict(_("This review is not being decided on."), code="state")
    own = Vote.objects.filter(run=run).filter(
        Q(person_id=review.employee_id) | Q(on_behalf_of_id=review.employee_id)
    )
    if own.exists():
        raise Conflict(_("Nobody decides on his own review."), code="oneself")
    review.state, review.closed_at = Review.State.CLOSED, now
    review.save(update_fields=["state", "closed_at"])
    audit.record(
        "attendance.close_review",
        subject=review.subject,
        by=by,
        now=now,
        clause=run.clause,
        data={"run": run.pk},
    )


def result_ended(run: Run, by: Employee | None, now: datetime) -> None:
    """Rejected: it is scored anew, and the papers keep what was asked. Taken back or void: it can be asked again."""
    review = _review(int(run.subject_id))
    if review.state != Review.State.ASKED:
        return
    if run.state != Run.State.REJECTED:
        review.state = Review.State.SCORED
        review.save(update_fields=["state"])
        return
    review.state, review.round = Review.State.OPEN, review.round + 1
    review.scored_by = review.scored_at = review.commented_at = None
    review.words = review.comment = ""
    review.save(
        update_fields=["state", "round", "scored_by", "scored_at", "commented_at", "words", "comment"]
    )


def _table(table_id: int) -> KpiTable:
    found = KpiTable.objects.select_for_update(of=("self",)).filter(pk=table_id).first()
    if found is None:
        raise NotFound(_("There is no such table."))
    return found


def _review(review_id: int) -> Review:
    found = (
        Review.objects.select_for_update(of=("self",))
        .select_related("employee", "table")
        .filter(pk=review_id)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such review."))
    return found
