"""Purchase orders and samples for pages: lists, what an order waits for, one order whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    DecimalField,
    F,
    Func,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    When,
)
from django.utils.translation import gettext as _

from contracts.models import (
    Acceptance,
    Arrival,
    ArrivalLine,
    Delivery,
    Handover,
    LossLine,
    OrderLine,
    ProductionStep,
    PurchaseOrder,
    Recount,
    Rectification,
    Sample,
    StepReport,
)
from contracts.order_subjects import line_subject, order_subject
from contracts.rules import order_life
from contracts.rules.lateness import Lateness
from contracts.rules.quantities import Tally, to_ship
from contracts.selectors import ready
from contracts.selectors.lateness import lateness_of
from contracts.selectors.quantities import held_of, tallies, under_way
from office.deadlines.models import Deadline
from office.errors import NotFound
from office.files.models import StoredFile

PAGE = 50
OVER = (PurchaseOrder.State.CLOSED, PurchaseOrder.State.CANCELLED)
TABS = ("open", "late", "all")


def order_list(
    tab: str, supplier: int | None, before: int | None, today: date
) -> tuple[list[Any], int | None]:
    """Orders, the newest first, with `amount`, `due_on` (of the first line that is not all accepted), `late` and
    `late_days`; and before which the next page begins."""
    accepted = Func("pk", function="contracts_line_accepted", output_field=BigIntegerField())
    wanting = (
        OrderLine.objects.filter(order=OuterRef("pk")).annotate(came=accepted).filter(quantity__gt=F("came"))
    )
    rows: QuerySet[Any] = PurchaseOrder.objects.select_related("supplier", "buyer").annotate(
        amount=Sum(F("lines__quantity") * F("lines__unit_price"), output_field=DecimalField()),
        due_on=Subquery(wanting.order_by("due_on").values("due_on")[:1]),
        late=Case(
            When(Q(due_on__lt=today) & ~Q(state__in=["draft", "issued", *OVER]), then=True), default=False
        ),
    )
    if tab != "all":
        rows = rows.exclude(state__in=OVER)
    if tab == "late":
        rows = rows.filter(late=True)
    if supplier is not None:
        rows = rows.filter(supplier=supplier)
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PAGE + 1])
    for row in found:
        row.late_days = (today - row.due_on).days if row.late else 0
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def waits_for(state: str) -> str:
    """Whose turn it is and for what, in a word for lists."""
    return {
        "draft": _("us: sign it"),
        "issued": _("us: send it"),
        "sent": _("the supplier: return it"),
        "returned": _("both: the first sample"),
        "deemed_accepted": _("both: the first sample"),
        "producing": _("the supplier: reports, shipping"),
        "shipped": _("us: count and accept"),
        "closed": "",
        "cancelled": "",
    }.get(state, "")


def access_order(pk: int) -> PurchaseOrder:
    """Raises NotFound."""
    found = PurchaseOrder.objects.select_related("supplier", "buyer", "contact", "version__contract").filter(
        pk=pk
    )
    order = found.first()
    if order is None:
        raise NotFound(_("There is no such purchase order."))
    return order


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line with its pieces, its lateness and its steps [(step, passing reports)]."""

    line: OrderLine
    tally: Tally
    late: Lateness
    steps: list[tuple[ProductionStep, int]]
    left: int

    @property
    def amount(self) -> Decimal:
        return self.line.unit_price * self.line.quantity


@dataclass(frozen=True, slots=True)
class Gate:
    """One step of the way to bulk production and acceptance: done or not, in words, with the clause it rests on."""

    done: bool
    words: str
    clause: str


def line_rows(order: PurchaseOrder, today: date) -> list[LineRow]:
    steps = Prefetch("steps", ProductionStep.objects.order_by("n").prefetch_related("given"))
    lines = list(order.lines.order_by("n").select_related("sample", "demand__plan").prefetch_related(steps))
    known, late = tallies([order.pk]), lateness_of(lines, today)
    return [
        LineRow(
            line,
            known[line.pk],
            late[line.pk],
            [(step, sum(report.passed for report in step.given.all())) for step in line.steps.all()],
            to_ship(known[line.pk]),
        )
        for line in lines
    ]


def gates(order: PurchaseOrder, rows: Sequence[LineRow]) -> list[Gate]:
    """What stands between the order and its end, in its order."""
    words = list(order.events.order_by("pk").values_list("word", flat=True))
    samples = [row.line.sample for row in rows]
    wanting = [step for row in rows for step, given in row.steps if given < step.reports]
    return [
        Gate(order.issued_at is not None, _("signed by us"), "P1.3"),
        Gate(order.sent_at is not None, _("sent to the supplier"), "P1.3"),
        Gate(order.opened_at is not None, _("opened by the supplier"), "P7b"),
        Gate(order.accepted_at is not None, _("returned, or deemed accepted"), "P7b"),
        Gate(
            bool(samples)
            and all(each is not None and each.state == Sample.State.SIGNED_OFF for each in samples),
            _("sample of every line signed"),
            "P1.1",
        ),
        Gate(order_life.agreed_first_sample(words), _("first sample confirmed by both"), "P1.4"),
        Gate("production_started" in words, _("in production"), "P1.1"),
        Gate(bool(rows) and not wanting, _("report on every process step"), "P3.3"),
        *_paid_gate(order, rows),
        Gate(order.state == PurchaseOrder.State.CLOSED, _("every piece accepted"), "P7c"),
    ]


def _paid_gate(order: PurchaseOrder, rows: Sequence[LineRow]) -> list[Gate]:
    if not ready.prepaid(order):
        return []
    known = ready.pieces([order.pk])
    paid = bool(rows) and all(known[row.line.pk].paid >= row.line.quantity for row in rows)
    return [Gate(paid, _("every piece paid before it leaves"), "P2.2")]


def clocks(order: PurchaseOrder, lines: Sequence[OrderLine]) -> list[Deadline]:
    """The running clocks of the order and its lines."""
    one = order_subject(order)
    many = [line_subject(line) for line in lines]
    return list(
        Deadline.objects.filter(state=Deadline.State.OPEN)
        .filter(
            Q(subject_type=one.type, subject_id=one.id)
            | Q(subject_type="purchase_line", subject_id__in=[each.id for each in many])
        )
        .order_by("due_at")
    )


def deliveries_of(order: PurchaseOrder) -> QuerySet[Delivery]:
    return (
        order.deliveries.order_by("-pk")
        .select_related("note", "contact", "by", "arrival__by")
        .prefetch_related(
            "lines__line",
            Prefetch(
                "arrival__lines",
                ArrivalLine.objects.select_related("line").prefetch_related(
                    "acceptances__by",
                    Prefetch("recounts", Recount.objects.select_related("by").order_by("pk")),
                ),
            ),
        )
    )


def evidence_of(order: PurchaseOrder) -> list[Any]:
    """P7b, P1.4: sent, opened and returned, the first sample confirmed, by whom and when; kept as events."""
    wanted = (
        "sent", "opened", "returned", "deemed", "first_sample_theirs", "first_sample_ours", "first_sample_refused",
    )  # fmt: skip
    return list(order.events.filter(word__in=wanted).order_by("pk").select_related("by", "contact", "file"))


def papers_of(order: PurchaseOrder) -> list[Any]:
    """The papers that came with events of the order."""
    return list(order.events.exclude(file=None).select_related("file", "by", "contact").order_by("-pk")[:50])


def reports_of(order: PurchaseOrder) -> list[StepReport]:
    rows = StepReport.objects.filter(step__line__order=order).select_related(
        "step__line", "file", "contact", "by"
    )
    return list(rows.order_by("-pk")[:100])


def file_of(order: PurchaseOrder, pk: int) -> StoredFile:
    """A paper of this very order. Raises NotFound."""
    event = order.events.filter(file=pk).select_related("file").first()
    report = StepReport.objects.filter(step__line__order=order, file=pk).select_related("file").first()
    shipped = order.deliveries.filter(note=pk).select_related("note").first()
    loss = LossLine.objects.filter(claim__order=order, file=pk).select_related("file").first()
    found = [event and event.file, report and report.file, shipped and shipped.note, loss and loss.file]
    for paper in found:
        if isinstance(paper, StoredFile):
            return paper
    raise NotFound(_("There is no such paper."))


def to_count(before: int | None) -> tuple[list[Any], int | None]:
    """Deliveries that are under way, the oldest first."""
    rows = under_way().select_related("order__supplier").prefetch_related("lines__line").order_by("pk")
    if before:
        rows = rows.filter(pk__gt=before)
    found = list(rows[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def counted_lately() -> list[Arrival]:
    rows = Arrival.objects.select_related("delivery__order__supplier", "by").order_by("-pk")
    return list(rows.prefetch_related("lines")[:20])


def access_delivery(pk: int) -> Delivery:
    """Raises NotFound."""
    found: Delivery | None = (
        Delivery.objects.select_related("order__supplier")
        .prefetch_related("lines__line")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such delivery."))
    return found


def arrived_lines(delivery: Delivery) -> list[ArrivalLine]:
    """What was counted of it, with every count since. Raises NotFound for one that was not counted in."""
    rows = ArrivalLine.objects.filter(arrival__delivery=delivery).select_related("line")
    found = list(rows.prefetch_related("acceptances", "recounts__by").order_by("line__n"))
    if not found:
        raise NotFound(_("This delivery was not counted in yet."))
    return found


def sample_list(tab: str, before: int | None, today: date) -> tuple[list[Any], int | None]:
    """Samples, the newest first; `late`: wanted by a day that is over, and not photographed."""
    rows: QuerySet[Any] = Sample.objects.select_related("supplier", "requested_by").order_by("-pk")
    rows = rows.annotate(
        late=Case(
            When(wanted_on__lt=today, state__in=[Sample.State.REQUESTED, Sample.State.MADE], then=True),
            default=False,
        )
    )
    if tab == "open":
        rows = rows.exclude(state__in=[Sample.State.SIGNED_OFF, Sample.State.GIVEN_UP])
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def access_sample(pk: int) -> Sample:
    """Raises NotFound."""
    found = Sample.objects.select_related("supplier", "requested_by").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such sample."))
    return found


def handovers_of(thing: PurchaseOrder | Sample) -> list[Handover]:
    """Designs handed over for the order or the sample, each with its fetchings."""
    rows = thing.handovers.select_related("contact", "original", "by").prefetch_related(
        "fetches__contact", "fetches__by"
    )
    return list(rows.order_by("-pk"))


def rectifications_of(order: PurchaseOrder) -> list[Rectification]:
    rows = (
        Rectification.objects.filter(line__order=order)
        .select_related("line", "result")
        .prefetch_related("events")
    )
    return list(rows.order_by("-pk"))


def undecided(order: PurchaseOrder) -> list[tuple[ArrivalLine, int]]:
    """Counted lines of which pieces are not decided yet, with how many."""
    rows = ArrivalLine.objects.filter(arrival__delivery__order=order).select_related(
        "line", "arrival__delivery"
    )
    found = []
    for row in rows.prefetch_related("acceptances", "recounts").order_by("pk"):
        left = held_of(row).undecided
        if left:
            found.append((row, left))
    return found


def accepted_of(order: PurchaseOrder) -> list[Acceptance]:
    rows = Acceptance.objects.filter(arrived__arrival__delivery__order=order)
    return list(rows.select_related("arrived__line", "by").order_by("-pk"))
