"""A purchase order and a sample as the supplier sees them at its door: what was ordered, and the one thing it does
next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Case, Prefetch, When
from django.utils.translation import gettext_lazy as _

from contracts.models import (
    Handover,
    LossClaim,
    OrderEvent,
    OrderLine,
    ProductionStep,
    PurchaseOrder,
    Rectification,
    Sample,
    SupplierContact,
)
from contracts.rules import money, order_life, quantities
from contracts.selectors import account, losses, ready
from contracts.selectors.door_papers import MOST, Line, clocks
from contracts.selectors.losses import Claimed
from contracts.selectors.quantities import tallies
from office.enumerating import enumerated
from office.errors import NotFound
from office.files.models import StoredFile

State = PurchaseOrder.State
RETURN, DEEMED, RECTIFY = "contracts.order_return", "contracts.order_deemed", "contracts.rectification"
#: What the supplier does next, by name; the page draws one big button for it.
SIGN, CONFIRM, START, MEND, READY, SHIP, CLAIM = "sign", "confirm", "start", "mend", "ready", "ship", "claim"
_ACTS = {
    SIGN: _("Read and return"),
    CONFIRM: _("Confirm the first sample"),
    START: _("Begin production"),
    MEND: _("Put right what the inspection found"),
    READY: _("Report what stands ready"),
    SHIP: _("Report and ship"),
    CLAIM: _("Answer the claim"),
}


@dataclass(frozen=True, slots=True)
class OrderedLine:
    line: OrderLine
    amount: Decimal
    to_ship: int
    shipped: int
    steps: list[ProductionStep]
    #: What may still be stated ready, of an order that is paid before shipping.
    to_state: int = 0


@dataclass(frozen=True, slots=True)
class Mend:
    """`waits`: for the supplier's answer; else an inspector looks at it. `due_at`, `started_at`: its clock."""

    made: Rectification
    waits: bool
    again: str
    due_at: datetime | None
    started_at: datetime | None


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
    #: What did not pass an inspection and is not found right yet.
    mend: list[Mend]
    #: Loss claims with their sums and clocks, newest first; answered or not.
    claims: list[Claimed]
    #: Whether arrived goods wait to be decided about.
    undecided: bool
    #: What was stated ready, of an order that is paid before shipping (P2.2); newest first.
    standing: list[ready.Standing]

    @property
    def takes_reports(self) -> bool:
        """While it is made and delivered, and while goods of it wait for them though it was ended."""
        return self.order.state in (State.PRODUCING, State.SHIPPED) or (
            self.undecided and self.reports_missing
        )

    @property
    def may_state(self) -> bool:
        """Whether more may be stated ready."""
        open_ = self.order.state in (State.PRODUCING, State.SHIPPED) and not self.mend
        return open_ and any(each.to_state for each in self.lines)

    @property
    def reports_missing(self) -> bool:
        return any(_lacks(step) for line in self.lines for step in line.steps)


def order_page(pk: int, supplier_id: int, now: datetime) -> OrderPage:
    """Raises NotFound."""
    order = (
        PurchaseOrder.objects.select_related("supplier", "buyer", "version__contract")
        .filter(pk=pk, supplier=supplier_id, sent_at__isnull=False)
        .first()
    )
    if order is None:
        raise NotFound(_("There is no such paper here."))
    known = tallies([order.pk])
    prepaid = ready.prepaid(order)
    standing = ready.pieces([order.pk]) if prepaid else {}
    lines = [
        OrderedLine(
            line,
            money.amount(line.quantity, line.unit_price),
            _leaves(known[line.pk], standing.get(line.pk)),
            known[line.pk].shipped,
            list(line.steps.all()),
            quantities.to_state(known[line.pk], standing[line.pk]) if prepaid else 0,
        )
        for line in order.lines.select_related("sample").prefetch_related("steps__given").order_by("n")
    ]
    events = list(order.events.select_related("contact").order_by("pk"))
    mend = _mend([order.pk])
    act, waits = _next(
        order.state,
        [event.word for event in events],
        _unsigned(each.line for each in lines),
        _Left(
            any(each.to_ship for each in lines),
            any(each.to_state for each in lines),
            any(each.stated > each.paid for each in standing.values()),
            prepaid and account.withheld(supplier_id) > 0,
        ),
        mend,
    )
    running = clocks(RETURN, "purchase_order", [pk]).get(pk) or clocks(DEEMED, "purchase_order", [pk]).get(pk)
    due, started = running or (None, None)
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
            for event in events
            if event.word in _SHOWN
        ],
        mend=mend,
        claims=losses.claimed(order.claims.all(), now),
        undecided=any(tally.undecided for tally in known.values()),
        standing=ready.standing(order) if prepaid else [],
    )


def _leaves(tally: quantities.Tally, standing: quantities.Ready | None) -> int:
    """Pieces of a line that may leave now."""
    return quantities.to_ship(tally) if standing is None else quantities.may_leave(tally, standing)


class _Left(NamedTuple):
    """Of an order: whether pieces may leave, may be stated ready, wait for their payment, and whether payments are
    withheld. The last three only where it is paid before shipping."""

    ship: bool
    state: bool = False
    unpaid: bool = False
    withheld: bool = False


def _mend(orders: Iterable[int]) -> list[Mend]:
    """What of these orders is to be put right, by two queries."""
    rows = Rectification.objects.filter(line__order__in=list(orders)).select_related("line", "result__file")
    made = list(rows.prefetch_related("events").order_by("pk"))
    running = clocks(RECTIFY, "rectification", [each.pk for each in made])
    found = []
    for each in made:
        said = sorted(each.events.all(), key=lambda event: event.pk)
        if said and said[-1].word == "done":
            continue
        due, since = running.get(each.pk, (None, None))
        refused = said[-1].text if said and said[-1].word == "refused" else ""
        found.append(Mend(each, not said or said[-1].word == "refused", refused, due, since))
    return found


def finding_of(order: PurchaseOrder, made: int) -> StoredFile:
    """What an inspector photographed of goods of this very order that did not pass. Raises NotFound."""
    found = Rectification.objects.filter(pk=made, line__order=order).select_related("result__file").first()
    shown: StoredFile | None = found.result.file if found else None
    if shown is None:
        raise NotFound(_("There is no such paper here."))
    return shown


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
        "reopened",
        "ended",
        "cancelled",
    }
)


def _next(
    state: str, said: list[str], unsigned: list[int], left: _Left, mend: Sequence[Mend]
) -> tuple[str, str]:
    """`said`: the words of the order; `unsigned`: numbers of lines without a signed sample; `left`: pieces that are
    still to come; `mend`: what is to be put right before anything is shipped."""
    if state == State.SENT:
        return SIGN, ""
    if state in order_life.IN_HAND:
        if "first_sample_refused" in said:
            said = said[len(said) - said[::-1].index("first_sample_refused") :]
        if "first_sample_theirs" not in said:
            return CONFIRM, ""
        if not order_life.agreed_first_sample(said):
            return "", str(_("Your buyer confirms the first sample now. Production begins after that."))
        if unsigned:
            return "", str(_("The sample of line %(n)d is not signed yet. Production begins after that.")) % {
                "n": unsigned[0]
            }
        return START, ""
    if state in (State.PRODUCING, State.SHIPPED) and mend:
        if any(each.waits for each in mend):
            return MEND, ""
        return "", str(_("An inspector looks whether it is put right. You ship after that."))
    if state in (State.PRODUCING, State.SHIPPED):
        act = SHIP if left.ship else READY if left.state else ""
        return act, _unpaid(left) if left.unpaid else ""
    return "", ""


def _unpaid(left: _Left) -> str:
    if left.withheld:
        return str(
            _(
                "Payments to you are withheld because of a breach (P1.6). What is not paid for does not leave. Please "
                "talk with your buyer."
            )
        )
    return str(_("Your buyer pays for what stands ready. It may leave once this page says so."))


def _unsigned(lines: Iterable[OrderLine]) -> list[int]:
    return [line.n for line in lines if line.sample is None or line.sample.signed_at is None]


def _lacks(step: ProductionStep) -> bool:
    return bool(sum(report.passed for report in step.given.all()) < step.reports)


def _over(*states: str) -> Case:
    """Puts what is still open before what is in one of these states: of many papers the newest are shown, and none that
    waits may be missing."""
    return Case(When(state__in=states, then=1), default=0)


def order_lines(supplier_id: int, now: datetime) -> list[Line]:
    """The supplier's orders, those that are over last, newest first; each that waits for it with its time."""
    orders = list(
        PurchaseOrder.objects.filter(supplier=supplier_id, sent_at__isnull=False)
        .select_related("version")
        .prefetch_related(
            Prefetch("lines", OrderLine.objects.select_related("sample").order_by("n")),
            Prefetch("events", OrderEvent.objects.order_by("pk")),
        )
        .order_by(_over(State.CLOSED, State.CANCELLED), "-pk")[:MOST]
    )
    ids = [each.pk for each in orders]
    due, known = clocks(RETURN, "purchase_order", ids), tallies(ids)
    before = [order.pk for order in orders if ready.prepaid(order)]
    standing = ready.pieces(before) if before else {}
    rows = LossClaim.objects.filter(~losses.TAKEN_BACK, order__in=ids, answer=None, decision=None).order_by(
        "-pk"
    )
    claimed = {order: pk for pk, order in rows.values_list("pk", "order")}  # the oldest counts
    answers = clocks(losses.ANSWER, "loss_claim", list(claimed.values()))
    mend: dict[int, list[Mend]] = {}
    for each in _mend(ids):
        mend.setdefault(each.made.line.order_id, []).append(each)
    found = []
    for order in orders:
        lines = list(order.lines.all())
        act, _waits = _next(
            order.state,
            [event.word for event in order.events.all()],
            _unsigned(lines),
            _Left(
                any(_leaves(known[line.pk], standing.get(line.pk)) for line in lines),
                any(
                    quantities.to_state(known[line.pk], standing[line.pk])
                    for line in lines
                    if line.pk in standing
                ),
            ),
            mend.get(order.pk, ()),
        )
        at, since = due.get(order.pk, (None, None)) if act == SIGN else (None, None)
        if not act and order.pk in claimed:
            act = CLAIM
            at, since = answers.get(claimed[order.pk], (None, None))
        if act == MEND:
            at, since = next(
                ((each.due_at, each.started_at) for each in mend[order.pk] if each.waits), (at, since)
            )
        names = [line.name for line in lines]
        found.append(
            Line(
                page="door:order",
                pk=order.pk,
                kind=_("Purchase order"),
                number=order.number,
                detail=enumerated(names[:2]) + (" …" if len(names) > 2 else ""),
                state=order.get_state_display(),
                act=_ACTS[act] if act else "",
                due_at=at,
                started_at=since,
            )
        )
    return found


def sample_lines(supplier_id: int, now: datetime) -> list[Line]:
    found = []
    over = _over(Sample.State.PHOTOGRAPHED, Sample.State.SIGNED_OFF, Sample.State.GIVEN_UP)
    for sample in Sample.objects.filter(supplier=supplier_id).order_by(over, "-pk")[:MOST]:
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


def designs(
    contact: SupplierContact, *, order_id: int | None = None, sample_id: int | None = None
) -> list[Handover]:
    """What was handed over to this person for the order or the sample."""
    return list(
        Handover.objects.filter(contact=contact, order=order_id, sample=sample_id).select_related("marked")
    )


def handover(pk: int, contact: SupplierContact) -> Handover:
    """Raises NotFound for one to somebody else."""
    found: Handover | None = Handover.objects.filter(pk=pk, contact=contact).first()
    if found is None:
        raise NotFound(_("There is no such paper here."))
    return found
