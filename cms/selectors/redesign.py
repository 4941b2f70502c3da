"""Reads: redesigns, their pictures, reviews of the main page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from cms.models import MockUp, Redesign, Review
from cms.selectors.asked import newest_run
from office.approvals import api as approvals
from office.approvals.models import Paper
from office.approvals.rules import payload_of
from office.approvals.selectors.runs import may_read_about
from office.errors import NotFound
from office.files.models import StoredFile
from office.rulebook import api as rulebook

if TYPE_CHECKING:
    from office.staff.models import Employee

SEE = "cms.see_redesigns"
PAGE = 20


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures to compare; "" where there is none."""

    label: str
    before: str
    after: str
    mock_up: int = 0

    @property
    def key(self) -> str:
        """For ids in a page."""
        return str(self.mock_up)


def pairs_of(redesign: Redesign) -> list[Pair]:
    """As the proposal stands."""
    return [
        Pair(each.label, _address(redesign.pk, each.before_id), _address(redesign.pk, each.after_id), each.pk)
        for each in redesign.mock_ups.all()
    ]


def pairs_of_run(run: approvals.Run) -> list[Pair]:
    """As they were asked about, whatever the proposal shows now."""
    return [
        Pair(each["label"], _address(run.subject_id, each["before"]), _address(run.subject_id, each["after"]))
        for each in run.payload["evidence"]["mock_ups"]
    ]


def _address(redesign: int | str, stored: int | None) -> str:
    return reverse("cms:redesign_picture", args=[redesign, stored]) if stored else ""


def access_redesign(person: Employee, pk: int, now: datetime) -> Redesign:
    """For those who may see redesigns, and whoever reads a request about this one. Raises NotFound."""
    found = Redesign.objects.select_related("created_by", "review", "done__by").filter(pk=pk).first()
    if found is not None and (rulebook.may(person, SEE, now) or may_read_about(found.subject, person, now)):
        return found
    raise NotFound(_("There is no such redesign."))


def access_picture(person: Employee, pk: int, stored_id: int, now: datetime) -> StoredFile:
    """A picture that is part of the redesign, or was when somebody was asked. Raises NotFound."""
    redesign = access_redesign(person, pk, now)
    now_part = MockUp.objects.filter(redesign=redesign).filter(Q(before=stored_id) | Q(after=stored_id))
    if now_part.exists() or stored_id in _asked_about(redesign):
        return StoredFile.objects.get(pk=stored_id)
    raise NotFound(_("There is no such picture."))


def _asked_about(redesign: Redesign) -> set[int]:
    papers = Paper.objects.filter(run__subject_type="redesign", run__subject_id=str(redesign.pk))
    return {
        each[slot]
        for stored in papers.values_list("payload", flat=True)
        for each in payload_of(bytes(stored))["evidence"]["mock_ups"]
        for slot in ("before", "after")
        if each[slot]
    }


def redesigns(before: tuple[datetime, int] | None) -> list[Redesign]:
    """The latest first, one more than a page."""
    found = Redesign.objects.select_related("created_by", "done").annotate(
        views=Count("mock_ups"), run_state=newest_run("redesign")
    )
    if before is not None:
        at, pk = before
        found = found.filter(Q(updated_at__lt=at) | Q(updated_at=at, pk__lt=pk))
    return list(found.order_by("-updated_at", "-pk")[: PAGE + 1])


def reviews(limit: int = 12) -> QuerySet[Review]:
    """The latest first."""
    return (
        Review.objects.select_related("closed_by")
        .annotate(led=Exists(Redesign.objects.filter(review=OuterRef("pk"))))
        .order_by("-opened_for")[:limit]
    )


def open_review() -> Review | None:
    """The review that waits to be done, for everybody who may do it."""
    return Review.objects.filter(closed_at=None).first()


def redesign_of(mock_up_id: int) -> int:
    """Whose view it is. Raises NotFound."""
    found = MockUp.objects.filter(pk=mock_up_id).values_list("redesign_id", flat=True).first()
    if found is None:
        raise NotFound(_("There is no such mock-up."))
    return found


def access_review(pk: int) -> Review:
    """Raises NotFound."""
    found = Review.objects.select_related("closed_by").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such review."))
    return found
