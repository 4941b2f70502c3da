"""The register of exports: who took what out of the house (C13.5)."""

from __future__ import annotations

from datetime import datetime

from office.audit.models import Export
from office.rulebook import api as rulebook
from office.staff.models import Employee

SEE = "accounts.see_exports"
PAGE = 50


def listed(
    viewer: Employee, at: datetime, *, code: str = "", person: int | None = None, before: int | None = None
) -> list[Export]:
    """Newest first: everything for whoever the rule names, else the viewer's own. `code`: a number as it stands in a
    file. One more than a page."""
    found = Export.objects.order_by("-pk")
    if not rulebook.holds(viewer, SEE, at):
        found = found.filter(actor_id=viewer.pk)
    if code:
        found = found.filter(code=code.strip().upper())
    if person is not None:
        found = found.filter(actor_id=person)
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found[: PAGE + 1])
