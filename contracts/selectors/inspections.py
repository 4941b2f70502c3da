"""Inspections for pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from contracts.models import Draw, Inspection, OrderLine, Rectification, RectificationEvent
from contracts.order_subjects import rectification_subject
from office.deadlines.models import Deadline
from office.errors import NotFound

if TYPE_CHECKING:
    from office.files.models import StoredFile

PAGE = 50
TABS = ("todo", "mend", "done")


def _all() -> QuerySet[Any]:
    done = RectificationEvent.objects.filter(word="done", rectification__result__inspection=OuterRef("pk"))
    return Inspection.objects.annotate(mended=Exists(done)).select_related(
        "line__order__supplier", "step", "draw", "result"
    )


def _narrowed(tab: str) -> QuerySet[Any]:
    rows = _all()
    if tab == "todo":
        return rows.filter(result=None)
    if tab == "mend":
        return rows.filter(result__passed=False, mended=False)
    return rows.filter(result__isnull=False)


def inspection_list(tab: str, before: int | None) -> tuple[list[Any], int | None]:
    rows = _narrowed(tab).order_by("-pk")
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows.select_related("result__rectification")[: PAGE + 1])
    _clocks(found)
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def _clocks(rows: list[Any]) -> None:
    """To each `clock`: until when the supplier puts it right, None when it has answered, or nothing was wrong."""
    made = {
        str(row.result.rectification.pk): row
        for row in rows
        if hasattr(row, "result") and hasattr(row.result, "rectification")
    }
    for row in rows:
        row.clock = None
    running = Deadline.objects.filter(
        rule="contracts.rectification", subject_type="rectification", subject_id__in=list(made),
        state=Deadline.State.OPEN,
    )  # fmt: skip
    for clock in running:
        made[clock.subject_id].clock = clock


def counts() -> dict[str, int]:
    return {tab: _narrowed(tab).count() for tab in ("todo", "mend")}


def draws() -> list[Draw]:
    return list(Draw.objects.select_related("by").order_by("-pk")[:8])


def access_inspection(pk: int) -> Inspection:
    """Raises NotFound."""
    found: Inspection | None = (
        _all()
        .select_related("result__rectification__line", "result__by", "result__file")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such inspection."))
    return found


def clock_of(made: Rectification) -> Deadline | None:
    subject = rectification_subject(made)
    return (
        Deadline.objects.filter(
            rule="contracts.rectification", subject_type=subject.type, subject_id=subject.id
        )
        .order_by("-pk")
        .first()
    )


def draw_page(pk: int) -> dict[str, Any]:
    """Raises NotFound."""
    found = Draw.objects.select_related("by").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such draw."))
    lines = OrderLine.objects.select_related("order__supplier").in_bulk(
        [row["line"] for row in found.candidates]
    )
    chosen = {row["line"] for row in found.chosen}
    made = found.inspections.select_related("step", "result").order_by("line")
    inspections = {each.line_id: each for each in made}
    return {
        "draw": found,
        "rows": [
            (lines.get(row["line"]), row["line"], row["line"] in chosen, inspections.get(row["line"]))
            for row in found.candidates
        ],
    }


def file_of(pk: int, file_id: int) -> StoredFile:
    """Raises NotFound."""
    found = access_inspection(pk)
    result = getattr(found, "result", None)
    if result is not None and result.file_id == file_id:
        file: StoredFile = result.file
        return file
    event = (
        RectificationEvent.objects.filter(rectification__result__inspection=pk, file=file_id)
        .select_related("file")
        .first()
    )
    if event is None or event.file is None:
        raise NotFound(_("There is no such paper."))
    paper: StoredFile = event.file
    return paper
