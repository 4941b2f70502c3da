"""Changes of the database: the list, one, which sections are asked and which are silent."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.models import DatabaseChange, SectionOpinion
from office.enumerating import enumerated
from office.errors import NotFound
from office.rulebook import api as rulebook
from office.staff import api as staff
from office.staff.models import Appointment

ASKED = "accounts.sections_asked"
PAGE = 50


def sections(at: datetime) -> list[str]:
    """The posts that speak for the sections, of those that somebody holds now."""
    named = rulebook.parameter_rule(ASKED, at=at).texts()
    held = set(
        Appointment.objects.filter(
            position__in=named, during__contains=at, employee__is_active=True
        ).values_list("position", flat=True)
    )
    return [post for post in named if post in held]


def heard(change: DatabaseChange) -> list[SectionOpinion]:
    """The latest word of each section since the draft was last changed, in the order in which they are asked."""
    latest: dict[str, SectionOpinion] = {}
    for each in change.opinions.filter(at__gte=change.drafted_at).select_related("by").order_by("pk"):
        latest[each.position] = each
    return [latest[post] for post in change.asked if post in latest]


def silent(change: DatabaseChange) -> list[str]:
    """The sections that have not spoken about the text as it is."""
    spoken = {each.position for each in heard(change)}
    return [post for post in change.asked if post not in spoken]


def listed(*, before: int | None = None) -> list[DatabaseChange]:
    """Newest first; one more than a page."""
    found = DatabaseChange.objects.select_related("drafted_by")
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-pk")[: PAGE + 1])


def access_change(pk: int) -> DatabaseChange:
    """Everybody in the house may read it: it concerns what everybody works with. Raises NotFound."""
    found = DatabaseChange.objects.select_related("drafted_by", "ended_by").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such change."))
    return found


def sections_said(posts: list[str]) -> str:
    return enumerated(staff.position_label(post) for post in posts)
