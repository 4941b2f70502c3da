"""A purchase order and a sample as the supplier sees them at its door: what was ordered, and the one thing it does
next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from contracts.models import OrderLine, ProductionStep, PurchaseOrder, Sample
from contracts.rules import money, order_life, quantities
from contracts.selectors.door_papers import MOST, Line, clocks
from contracts.selectors.quantities import tallies
from office.errors import NotFound

State = PurchaseOrder.State
RETURN, DEEMED = "contracts.order_return", "contracts.order_deemed"
#: What the supplier does next, by name; the page draws one big button for it.
SIGN, CONFIRM, START, SHIP = "sign", "confirm", "start", "ship"
_ACTS = {
    SIGN: _("Read and return"),
    CONFIRM: _("Confirm the first sample"),
    START: _("Begin production"),
    SHIP: _("Report and ship"),
}


@dataclass(frozen=True, slots=True)
class OrderedLine:
    line: OrderLine
    amount: Decimal
    to_ship: int
    shipped: int
    steps: list[ProductionStep]


@dataclass(frozen=True, slots=True)
class OrderPage:
    order: PurchaseOrder
    lines: list[OrderedLine]
    total: Decimal
    next: str
    #: Why the next step has to wait for us, "" when it need not.
    waits: str
    may_sign_late: bool
    due_at: datetime | None
    started_at: datetime | None
    events: list[tuple[str, datetime, str]]

    @property
    def reports_missing(self) -> bool:
        return any(_lacks(step) for line in self.lines for step in line.steps)


def order_page(pk: int, supplier_id: int) -> OrderPage:
    """Raises NotFound."""
    order = (
        PurchaseOrder.objects.select_related("supplier", "buyer", "version__contract")
        .filter(pk=pk, supplier=supplier_id, sent_at__isnull=False)
        .first()
    )
    if order is None:
        raise NotFound(_("There is no such paper here."))
    known = tallies([order.pk])
    lines = [
        OrderedLine(
            line,
            money.amount(line.quantity, line.unit_price),
            quantities.to_ship(known[line.pk]),
            known[line.pk].shipped,
            list(line.steps.all()),
        )
        for line in order.lines.select_related("sample").prefetch_related("steps__given").order_by("n")
    ]
    act, waits = _next(order, lines)
    due, started = clocks(RETURN, "purchase_order", [pk]).get(pk) or clocks(
        DEEMED, "purchase_order", [pk]
    ).get(pk, (None, None))
    return OrderPage(
        order=order,
        lines=lines,
        total=sum((each.amount for each in lines), money.ZERO),
        next=act,
        waits=waits,
        may_sign_late=order.state == State.DEEMED,
        due_at=due if order.state == State.SENT else None,
        started_at=started,
        events=[
            (event.word, event.at, event.contact.name if event.contact else "")
            for event in order.events.select_related("contact").order_by("pk")
            if event.word in _SHOWN
        ],
    )


#: Words of the order's life that both sides see.
_SHOWN = frozenset(
    {
        "sent",
        "returned",
        "deemed",
        "first_sample_theirs",
        "first_sample_ours",
        "first_sample_refused",
        "production_started",
        "shipped",
        "closed",
        "ended",
        "cancelled",
    }
)


def _next(order: PurchaseOrder, lines: list[OrderedLine]) -> tuple[str, str]:
    if order.state == State.SENT:
        return SIGN, ""
    if order.state in order_life.IN_HAND:
        said = list(order.events.order_by("pk").values_list("word", flat=True))
        if "first_sample_refused" in said:
            said = said[len(said) - said[::-1].index("first_sample_refused") :]
        if "first_sample_theirs" not in said:
            return CONFIRM, ""
        if not order_life.agreed_first_sample(said):
            return "", str(_("Your buyer confirms the first sample now. Production begins after that."))
        unsigned = [
            each.line.n for each in lines if not each.line.sample or each.line.sample.signed_at is None
        ]
        if unsigned:
            return "", str(_("The sample of line %(n)d is not signed yet. Production begins after that.")) % {
                "n": unsigned[0]
            }
        return START, ""
    if order.state in (State.PRODUCING, State.SHIPPED) and any(each.to_ship for each in lines):
        return SHIP, ""
    return "", ""


def _lacks(step: ProductionStep) -> bool:
    return sum(report.passed for report in step.given.all()) < step.reports


def order_lines(supplier_id: int, now: datetime) -> list[Line]:
    """The supplier's orders, newest first; those that wait for its signature with their time."""
    orders = list(
        PurchaseOrder.objects.filter(supplier=supplier_id, sent_at__isnull=False)
        .prefetch_related("lines__sample")
        .order_by("-pk")[:MOST]
    )
    due = clocks(RETURN, "purchase_order", [each.pk for each in orders])
    found = []
    for order in orders:
        act = {
            State.SENT: SIGN,
            State.RETURNED: CONFIRM,
            State.DEEMED: CONFIRM,
            State.PRODUCING: SHIP,
            State.SHIPPED: SHIP,
        }.get(State(order.state), "")
        if act == CONFIRM or order.state == State.SHIPPED:
            act = order_page(order.pk, supplier_id).next  # few stand there at a time
        at, since = due.get(order.pk, (None, None)) if act == SIGN else (None, None)
        names = [line.name for line in order.lines.all()]
        found.append(
            Line(
                page="door:order",
                pk=order.pk,
                kind=_("Purchase order"),
                number=order.number,
                detail="、".join(names[:2]) + (" …" if len(names) > 2 else ""),
                state=order.get_state_display(),
                act=_ACTS[act] if act else "",
                due_at=at,
                started_at=since,
            )
        )
    return found


def sample_lines(supplier_id: int, now: datetime) -> list[Line]:
    found = []
    for sample in Sample.objects.filter(supplier=supplier_id).order_by("-pk")[:MOST]:
        waits = sample.state in (Sample.State.REQUESTED, Sample.State.MADE)
        found.append(
            Line(
                page="door:sample",
                pk=sample.pk,
                kind=_("Sample request"),
                number=sample.number,
                detail=sample.name,
                state=sample.get_state_display(),
                act=_("Upload photographs") if waits else "",
            )
        )
    return found


def sample_page(pk: int, supplier_id: int) -> Sample:
    """Raises NotFound."""
    found = Sample.objects.filter(pk=pk, supplier=supplier_id).first()
    if found is None:
        raise NotFound(_("There is no such paper here."))
    return found
