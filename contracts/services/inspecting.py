"""Inspections: what to look at, what was found, and what the supplier puts right at once (P3.2, P3.1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contracts.models import (
    Inspection,
    InspectionResult,
    OrderLine,
    PurchaseOrder,
    Rectification,
    RectificationEvent,
    SupplierContact,
)
from contracts.order_subjects import order_subject, rectification_subject
from contracts.rules import sampling
from contracts.selectors import terms
from contracts.services.saying import lock_order
from contracts.services.sides import INSPECT, either, file_of, ours
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, NotFound
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.allowed import unless, words, wrong

if TYPE_CHECKING:
    from office.files.models import StoredFile
    from office.staff.models import Employee

RECTIFY, AQL = "contracts.rectification", "contracts.aql"
VERBS = {
    "contracts.inspection_named": _("Inspection named"),
    "contracts.inspection_passed": _("Inspection passed"),
    "contracts.inspection_failed": _("Inspection failed"),
    "contracts.rectification_answered": _("Supplier says it is put right"),
    "contracts.rectification_refused": _("Not put right yet"),
    "contracts.rectification_done": _("Put right"),
}


@transaction.atomic
def inspect(
    *,
    line_id: int,
    stage: str,
    by: Employee,
    now: datetime,
    step_id: int | None = None,
    lot: int | None = None,
) -> Inspection:
    """An inspection that a person wants, besides those drawn: at a step, of the finished or of the arrived goods.
    `lot`: the pieces of which the sample is taken, all of the line unless said.

    Raises Forbidden, NotFound, Conflict, Invalid."""
    ours(by, INSPECT, now)
    line = OrderLine.objects.select_related("order").filter(pk=line_id).first()
    if line is None:
        raise NotFound(_("There is no such line."))
    order = lock_order(line.order_id)
    if order.state not in (PurchaseOrder.State.PRODUCING, PurchaseOrder.State.SHIPPED):
        raise Conflict(
            _("What is not in production or delivered cannot be inspected."), code="state", clause="P3.2"
        )
    if stage not in Inspection.Stage.values:
        raise wrong("stage", _("Say what is looked at."), clause="P3.2")
    step = None
    if stage == Inspection.Stage.STEP:
        step = line.steps.filter(pk=step_id or 0).first()
        if step is None:
            raise wrong("step_id", _("Say at which process step."), clause="P3.2")
    many = line.quantity if lot is None else lot
    if not 0 < many <= line.quantity:
        raise wrong("lot", _("From 1 to %(n)d pieces.") % {"n": line.quantity})
    made: Inspection = Inspection.objects.create(
        line=line, stage=stage, step=step, by=by, at=now, **planned(many, now)
    )
    audit.record(
        "contracts.inspection_named", subject=order_subject(order), by=by, now=now, clause="P3.2",
        data={"line": line.n, "stage": stage, "sample": made.sample, "ac": made.ac},
    )  # fmt: skip
    return made


def planned(lot: int, at: datetime) -> dict[str, Any]:
    """The columns of the sampling plan for a lot, at the AQL of the book in force."""
    aql = rulebook.parameter_rule(AQL, at=at).text()
    found = sampling.plan(lot, aql)
    return {"lot": lot, "aql": aql, "letter": found.letter, "sample": found.sample, "ac": found.ac}


@transaction.atomic
def report(
    *,
    inspection_id: int,
    checked: int,
    bad: int,
    by: Employee,
    now: datetime,
    text: str = "",
    file: StoredFile | None = None,
) -> InspectionResult:
    """What was found, once; passed or not follows from the plan. What failed is to be put right within the contract's
    hours. Raises Forbidden, NotFound, Conflict (`reported`), Invalid."""
    ours(by, INSPECT, now)
    inspection = Inspection.objects.select_related("line__order").filter(pk=inspection_id).first()
    if inspection is None:
        raise NotFound(_("There is no such inspection."))
    order = lock_order(inspection.line.order_id)
    if not inspection.sample <= checked <= inspection.lot:
        raise wrong(
            "checked",
            _("The plan asks for at least %(n)d of %(lot)d pieces.")
            % {"n": inspection.sample, "lot": inspection.lot},
            clause="P3.2",
        )
    if not 0 <= bad <= checked:
        raise wrong("bad", _("From 0 to %(n)d pieces.") % {"n": checked})
    passed = bad <= inspection.ac
    text = words(text, path="text", longest=1000, missing="" if passed else _("Say what is wrong with them."))

    def told() -> Conflict:
        return Conflict(_("The result of this inspection has been entered already."), code="reported")

    with unless("inspection_id", told):
        result: InspectionResult = InspectionResult.objects.create(
            inspection=inspection,
            checked=checked,
            bad=bad,
            passed=passed,
            text=text,
            file=file,
            by=by,
            at=now,
        )
    audit.record(
        "contracts.inspection_passed" if passed else "contracts.inspection_failed",
        subject=order_subject(order), by=by, now=now, clause="P3.2",
        data={"line": inspection.line.n, "checked": checked, "bad": bad, "ac": inspection.ac, **file_of(file)},
    )  # fmt: skip
    if not passed:
        made = Rectification.objects.create(result=result, line=inspection.line, text=text, at=now)
        _watch(made, order, by.pk, now)
        notices.notify(
            "contracts.inspection_failed", [order.buyer_id], source="inspection_failed", source_id=result.pk,
            subject=order_subject(order), now=now, clause="P3.2", params={"supplier": order.supplier.name},
        )  # fmt: skip
    return result


@transaction.atomic
def answer(
    *,
    rectification_id: int,
    text: str,
    now: datetime,
    contact: SupplierContact | None = None,
    by: Employee | None = None,
    file: StoredFile | None = None,
) -> Rectification:
    """The supplier says that it is put right, and how: the clock stops, an inspector looks. Raises Forbidden, NotFound,
    Conflict, Invalid."""
    made, order = _lock(rectification_id)
    side = either(by=by, contact=contact, supplier_id=order.supplier_id, key=INSPECT, now=now)
    text = words(text, path="text", longest=1000, missing=_("Say how it was put right."))
    _follows(made, "answered")
    RectificationEvent.objects.create(
        rectification=made, word="answered", text=text, file=file, by=side.by, contact=side.contact, at=now
    )
    audit.record(
        "contracts.rectification_answered", subject=order_subject(order), by=side.actor, now=now, clause="P3.2",
        data={"line": made.line.n, **file_of(file)},
    )  # fmt: skip
    deadlines.meet(RECTIFY, subject=rectification_subject(made), at=now)
    notices.notify(
        "contracts.rectified", {order.buyer_id, made.result.by_id}, source="rectified",
        source_id=made.events.latest("pk").pk, subject=rectification_subject(made), now=now, clause="P3.2",
        params={"supplier": order.supplier.name},
    )  # fmt: skip
    return made


@transaction.atomic
def judge(*, rectification_id: int, good: bool, by: Employee, now: datetime, text: str = "") -> Rectification:
    """We have looked: it is right, or the clock begins anew. Whoever wrote the supplier's answer down for it does not
    find it right himself. Raises Forbidden, NotFound, Conflict (`state`, `own_answer`), Invalid."""
    ours(by, INSPECT, now)
    made, order = _lock(rectification_id)
    word = "done" if good else "refused"
    text = words(text, path="text", longest=1000, missing="" if good else _("Say what has to be different."))
    _follows(made, word)
    if good and made.events.order_by("-pk")[0].by_id == by.pk:
        raise Conflict(
            _(
                "Whoever wrote down the supplier’s answer does not judge it. Somebody else who inspects looks."
            ),
            code="own_answer",
            clause="P3.2",
        )
    RectificationEvent.objects.create(rectification=made, word=word, text=text, by=by, at=now)
    audit.record(
        "contracts.rectification_done" if good else "contracts.rectification_refused",
        subject=order_subject(order), by=by, now=now, clause="P3.2", data={"line": made.line.n},
    )  # fmt: skip
    if not good:
        _watch(made, order, by.pk, now)
    return made


def open_rectifications(order_id: int) -> list[Rectification]:
    """Those of an order that nobody has found put right yet."""
    over = RectificationEvent.objects.filter(word="done").values("rectification")
    return list(
        Rectification.objects.filter(line__order=order_id).exclude(pk__in=over).select_related("line")
    )


def refuse_while_open(order_id: int, line_id: int | None = None) -> None:
    """Raises Conflict (`rectify`) while something of the order, or of its line, is to be put right."""
    waiting = [row for row in open_rectifications(order_id) if line_id in (None, row.line_id)]
    if waiting:
        raise Conflict(
            _("Line %(n)d did not pass its inspection and is not put right yet.") % {"n": waiting[0].line.n},
            code="rectify",
            clause="P3.2",
        )


def _watch(made: Rectification, order: PurchaseOrder, holder_id: int, now: datetime) -> None:
    hours = terms.of(order.version, now).rectification_hours if order.version else None
    deadlines.open(
        RECTIFY, subject=rectification_subject(made), started_at=now, now=now, holder_id=holder_id,
        within=timedelta(hours=hours) if hours else None,
    )  # fmt: skip


def _lock(rectification_id: int) -> tuple[Rectification, PurchaseOrder]:
    made = Rectification.objects.select_related("line__order", "result").filter(pk=rectification_id).first()
    if made is None:
        raise NotFound(_("There is no such rectification."))
    return made, lock_order(made.line.order_id)


def _follows(made: Rectification, word: str) -> None:
    last = made.events.order_by("pk").values_list("word", flat=True).last() or "refused"
    if (last == "answered") == (word == "answered") or last == "done":
        raise Conflict(
            _("It is put right already.")
            if last == "done"
            else _("The supplier has answered already: an inspector looks now.")
            if last == "answered"
            else _("The supplier has not answered yet."),
            code="state",
            clause="P3.2",
        )
