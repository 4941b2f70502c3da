"""What access, the database and its documents ask of one person, for my day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import DatabaseChange, GrantReview, Procedure, ProcedureRead, SecurityReport
from accounts.selectors import procedures, reviews
from accounts.selectors.vault_day import Waiting
from accounts.services import advisories
from office.rulebook import api as rulebook
from office.staff import api as staff
from office.staff.models import Employee

LIMIT = 20
SECTIONS, ADMIN, DRAFT = "accounts.sections_asked", "accounts.change_level", "accounts.draft_change"


def waiting(person: Employee, now: datetime) -> list[Waiting]:
    """At most LIMIT of each kind; nothing where the book in force, an older one, has no such rules."""
    if not (rulebook.has_rule(SECTIONS, now) and rulebook.has_rule(procedures.READERS, now)):
        return []
    posts = staff.positions_of(person, now)
    return [
        *_opinions(person, posts, now),
        *_outcomes(person, now),
        *_reviews(person, now),
        *_reports(person, now),
        *_to_read(person, posts, now),
    ]


def _opinions(person: Employee, posts: frozenset[str], now: datetime) -> Iterator[Waiting]:
    """Changes of the database about which the person's section has not spoken."""
    if not posts & set(rulebook.parameter_rule(SECTIONS, at=now).texts()):
        return
    drafted = DatabaseChange.objects.filter(state=DatabaseChange.State.DRAFTED, asked__overlap=sorted(posts))
    for change in drafted.prefetch_related("opinions").order_by("drafted_at")[:LIMIT]:
        spoken = {each.position for each in change.opinions.all() if each.at >= change.drafted_at}
        if posts & set(change.asked) - spoken:
            yield Waiting(
                _("Say your section’s opinion"), change.title, "", reverse("accounts:change", args=[change.pk]),
                _("Look and say it"), None, change.drafted_at, "C13.6",
            )  # fmt: skip


def _outcomes(person: Employee, now: datetime) -> Iterator[Waiting]:
    """Changes that were agreed to and of which nobody has told what came of them; due when their hours are over."""
    if not rulebook.holds(person, DRAFT, now):
        return
    agreed = DatabaseChange.objects.filter(state=DatabaseChange.State.AGREED).order_by("ends_at")
    for change in agreed[:LIMIT]:
        yield Waiting(
            _("Carry the change out and tell the outcome"), change.title, "",
            reverse("accounts:change", args=[change.pk]), _("Tell the outcome"), change.ends_at, change.drafted_at,
            "C13.6",
        )  # fmt: skip


def _reviews(person: Employee, now: datetime) -> Iterator[Waiting]:
    """Open reviews with grants on which the person is to say a word: the administrator, and who stands right above."""
    for review in GrantReview.objects.filter(closed_at=None).order_by("due_at")[:LIMIT]:
        people = list(
            reviews.unsaid(review, now).exclude(employee=person).values_list("employee_id", flat=True)
        )
        if people and not rulebook.holds(person, ADMIN, now):
            above = reviews.right_above(people, now)
            people = [each for each in people if person.pk in above.get(each, ())]
        count = len(people)
        if count:
            yield Waiting(
                _("Confirm grants, or propose to end them"), f"#{review.pk}", str(count),
                reverse("accounts:review", args=[review.pk]), _("Look"), review.due_at, review.opened_at,
                review.clause,
            )  # fmt: skip


def _reports(person: Employee, now: datetime) -> Iterator[Waiting]:
    if not rulebook.holds(person, advisories.MAY, now):
        return
    for report in SecurityReport.objects.filter(signature=None).defer("packages").order_by("due_at")[:LIMIT]:
        yield Waiting(
            _("Sign the security report"), f"{report.opened_for:%Y-%m-%d}", "",
            reverse("accounts:security_report", args=[report.pk]), _("Look and sign"), report.due_at, report.at,
            report.clause,
        )  # fmt: skip


def _to_read(person: Employee, posts: frozenset[str], now: datetime) -> Iterator[Waiting]:
    readers = rulebook.parameter_rule(procedures.READERS, at=now)
    mine = [code for code in procedures.codes(now) if posts & set(readers.texts(code))]
    if not mine:
        return
    read = ProcedureRead.objects.filter(procedure=OuterRef("pk"), employee=person)
    latest = Procedure.objects.filter(code__in=mine).defer("text").annotate(read=Exists(read))
    for each in latest.order_by("code", "-number").distinct("code"):
        if not each.read:
            yield Waiting(
                _("Read and acknowledge"), procedures.name_of(each.code, now), "",
                reverse("accounts:procedure", args=[each.code]), _("Read it"), None, each.at, "C13.0",
            )  # fmt: skip
