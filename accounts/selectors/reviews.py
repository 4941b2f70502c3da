"""Reviews of grants: what each is about, what is left to say, and who may say it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Grant, GrantReview, GrantWord
from accounts.rules.names import name_of
from accounts.selectors import access
from office.approvals.selectors.people import posts_at
from office.errors import NotFound
from office.rulebook import api as rulebook
from office.staff.models import Appointment, Employee

ADMIN = "accounts.change_level"
PAGE = 20


def subject_to(review: GrantReview) -> QuerySet[Grant]:
    """The grants that the review is about: those that were in force when it was opened."""
    return access.in_force(review.opened_at)


def unsaid(review: GrantReview, at: datetime) -> QuerySet[Grant]:
    """Those of them that give something still and on which nobody has said a word."""
    said = GrantWord.objects.filter(review=review).values("grant")
    return subject_to(review).filter(ends_at__gt=at).exclude(end__at__lte=at).exclude(pk__in=said)


def may_say(by: Employee, person: Employee, at: datetime) -> bool:
    """Somebody above the person, or the administrator; never the person himself."""
    return by.pk != person.pk and (access.leads(by, person, at) or rulebook.holds(by, ADMIN, at))


def right_above(people: Iterable[int], at: datetime) -> dict[int, set[int]]:
    """Ids of who stands right above each of these people: the holders of the next post up that somebody else holds."""
    superiors = rulebook.book(at).superiors
    holders = posts_at(superiors, at).holders
    posts = Appointment.objects.filter(employee__in=set(people), during__contains=at)
    found: dict[int, set[int]] = {}
    for employee, post in posts.values_list("employee_id", "position"):
        above = (holders.get(each, frozenset()) - {employee} for each in access.climbed(post, superiors))
        found.setdefault(employee, set()).update(next(filter(None, above), frozenset()))
    return found


def leaders_of(grants: Iterable[Grant], at: datetime) -> list[Employee]:
    """Who stands right above those who were granted something."""
    above = right_above((each.employee_id for each in grants), at)
    return list(Employee.objects.filter(pk__in={pk for leaders in above.values() for pk in leaders}))


@dataclass(frozen=True, slots=True)
class Line:
    """A grant in a review. `word` None: nothing said; `mine`: the reader may say it."""

    grant: Grant
    name: str
    word: GrantWord | None
    over: bool
    mine: bool


@dataclass(frozen=True, slots=True)
class ReviewPage:
    review: GrantReview
    lines: list[Line]
    left: int
    late: bool
    unconfirmed: str


def listed(at: datetime) -> list[GrantReview]:
    """The latest reviews, newest first."""
    return list(GrantReview.objects.order_by("-pk")[:PAGE])


def access_review(pk: int) -> GrantReview:
    """Raises NotFound."""
    found = GrantReview.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such review."))
    return found


def review_page(viewer: Employee, pk: int, at: datetime) -> ReviewPage:
    """The review as the viewer may see it: the grants of those whom he leads; all for whoever sees all access. Raises
    NotFound."""
    review = access_review(pk)
    grants = subject_to(review).select_related("employee", "run", "end").order_by("employee__name_key", "pk")
    if not rulebook.holds(viewer, access.SEE, at):
        grants = grants.filter(employee__in=access.led_by(viewer, at)).exclude(employee=viewer)
    said = {word.grant_id: word for word in review.words.select_related("by", "run")}
    book = rulebook.book(at)
    admin = rulebook.holds(viewer, ADMIN, at)
    led = set(access.led_by(viewer, at).values_list("pk", flat=True)) - {viewer.pk}
    lines = []
    for grant in grants:
        word = said.get(grant.pk)
        over = grant.ends_at <= at or hasattr(grant, "end")
        mine = word is None and not over and grant.employee_id != viewer.pk
        lines.append(
            Line(grant, name_of(grant.word, book), word, over, mine and (admin or grant.employee_id in led))
        )
    return ReviewPage(
        review=review,
        lines=lines,
        left=sum(1 for line in lines if line.word is None and not line.over),
        late=review.closed_at is None and review.due_at <= at,
        unconfirmed=rulebook.parameter_rule("accounts.review_unconfirmed", at=at).text(),
    )
