"""Everything that an order's page shows: the facts, what can be done, the timeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from office.audit import api as audit
from office.deadlines import api as deadlines
from orders import rules
from orders.models import ContactRecord, Note, Order, OrderLine, OrderProgress
from orders.selectors.acts import Offer, first_act, may_write, offers
from orders.selectors.customers import CustomerData, EventData, customer_under, events_under, key_of, masked
from orders.selectors.order import (
    VIEW_CUSTOMER,
    Viewer,
    access_order,
    is_shown,
    may_unmask,
    may_work,
    needs_unmask_reason,
)
from orders.services.desk.contact import FACT_NAMES, FACTS
from orders.services.desk.reasons import (
    AfterSales,
    CancelReason,
    InvalidReason,
    ReassignReason,
    ReturnReason,
    UnmaskReason,
)
from orders.subjects import subject_of

if TYPE_CHECKING:
    from office.deadlines.models import Deadline

_REASONS: dict[str, dict[str, Any]] = {
    "orders.invalid": dict(InvalidReason.choices),
    "orders.cancel": dict(CancelReason.choices),
    "orders.return": dict(ReturnReason.choices),
    "orders.reassign": dict(ReassignReason.choices),
    "orders.unmask": dict(UnmaskReason.choices),
    "orders.after_sales": dict(AfterSales.choices),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline: an entry of the trail, or a deadline that passed (`late`)."""

    at: datetime
    what: str
    actor: str
    acting_for: str
    clause: str
    summary: str
    sealed: bool
    entry_id: int
    late: bool = False


@dataclass(frozen=True, slots=True)
class Worded:
    """A contact record or a note with its words opened."""

    record: Any
    text: str
    facts: str = ""


@dataclass(frozen=True, slots=True)
class Detail:
    """`customer` is masked unless `shown`; None for people whose post does not know customers."""

    progress: OrderProgress
    order: Order
    lines: Sequence[OrderLine]
    customer: CustomerData | None
    shown: bool
    can_unmask: bool
    reason_needed: bool
    contacts: Sequence[Worded]
    notes: Sequence[Worded]
    events: Sequence[EventData]
    clocks: Sequence[Deadline]
    moments: Sequence[Moment]
    offers: Sequence[Offer]
    first: str
    may_write: bool
    follows_up: bool
    cancelled_in_shop: bool
    sealed: bool

    @property
    def digest(self) -> str:
        return bytes(self.order.digest).hex()

    @property
    def ended(self) -> bool:
        return self.progress.state in rules.ENDS

    @property
    def clock(self) -> Deadline | None:
        """The clock that runs out next."""
        running = [clock for clock in self.clocks if clock.state == "open"]
        return min(running, key=lambda clock: clock.due_at, default=None)


def detail(who: Viewer, order_id: int) -> Detail:
    """Raises NotFound for what the viewer may not know of."""
    progress = access_order(who, order_id)
    order = progress.order
    subject = subject_of(order)
    clocks = deadlines.of(subject)
    contacts = list(order.contacts.select_related("by").order_by("-id"))
    notes = list(order.notes.select_related("by").order_by("-id"))
    knows = who.may(VIEW_CUSTOMER)
    key = key_of(order.customer_key_id) if knows else None

    # Words name people too: like the phone and the address they are for who works on the order, or wrote them.
    reads = may_work(who, progress)

    def opened(blob: Any, writer_id: int) -> str:
        if key is None or blob is None or not (reads or writer_id == who.user.pk):
            return ""
        return key.open_text(order.pk, blob)

    shown = is_shown(who, progress)
    events = events_under(key, order) if knows else []
    customer = None
    if knows:
        found_customer = customer_under(key, order)
        customer = found_customer if shown else masked(found_customer)
    since = progress.accepted_at
    reached = any(
        record.outcome == ContactRecord.Outcome.REACHED and since is not None and record.at >= since
        for record in contacts
    )
    found = offers(who, progress, reached=reached)
    trail = audit.timeline(subject)
    return Detail(
        progress=progress,
        order=order,
        lines=list(order.lines.order_by("position")),
        customer=customer,
        shown=shown,
        can_unmask=may_unmask(who, progress) and not shown and customer is not None and not customer.erased,
        reason_needed=needs_unmask_reason(who, progress),
        contacts=[
            Worded(record, opened(record.sealed_note, record.by_id), _facts(record)) for record in contacts
        ],
        notes=[Worded(note, opened(note.sealed_text, note.by_id)) for note in notes],
        events=events,
        clocks=clocks,
        moments=_moments(trail, clocks, who.at),
        offers=found,
        first=first_act(found),
        may_write=may_write(who, progress),
        follows_up=any(clock.rule == rules.FOLLOWUP and clock.state == "open" for clock in clocks),
        cancelled_in_shop=any(event.event.kind == "shop_cancelled" for event in events),
        sealed=any(row.entry_id == order.entry_id and row.sealed for row in trail),
    )


def _facts(record: ContactRecord) -> str:
    return _named(name for name in FACTS if getattr(record, f"{name}_confirmed"))


def _named(facts: Iterable[str]) -> str:
    return _(", ").join(str(FACT_NAMES[name]) for name in facts if name in FACT_NAMES)


def _moments(trail: Sequence[audit.TimelineRow], clocks: Sequence[Deadline], now: datetime) -> list[Moment]:
    """The newest first. A breach is a fact of its clock, told or not."""
    found = [
        Moment(
            at=row.at,
            what=row.verb_label,
            actor=row.actor_name,
            acting_for=row.acting_for,
            clause=row.clause,
            summary=summary_of(row.verb, row.data),
            sealed=row.sealed,
            entry_id=row.entry_id,
        )
        for row in trail
    ]
    for clock in clocks:
        if clock.due_at < (clock.met_at or clock.cancelled_at or now):
            found.append(
                Moment(
                    at=clock.due_at,
                    what=_("Overdue: %(what)s") % {"what": deadlines.title_of(clock.rule)},
                    actor="",
                    acting_for="",
                    clause=clock.clause,
                    summary="",
                    sealed=False,
                    entry_id=0,
                    late=True,
                )
            )
    return sorted(found, key=lambda moment: (moment.at, moment.entry_id), reverse=True)


def summary_of(verb: str, data: Mapping[str, Any]) -> str:
    """What an entry of the desk says beyond its verb, in the reader's language; "" when there is nothing more."""
    said: list[str] = []
    if verb == "orders.reassign":
        said.append(_("to %(name)s") % {"name": data.get("to", "")})
    if verb == "orders.return" and data.get("from"):
        said.append(_("from %(name)s") % {"name": data["from"]})
    if verb == "orders.accept" and data.get("in_time") is False:
        said.append(_("after its deadline"))
    if verb == "orders.contact":
        said += _contact_words(data)
    if verb == "orders.replace" and data.get("by"):
        said.append(_("by %(number)s") % {"number": data["by"]})
    reason = _REASONS.get(verb, {}).get(data.get("reason") or data.get("what") or "")
    if reason:
        said.append(str(reason))
    missing = data.get("unconfirmed") if verb == "orders.confirm" else None
    if missing:
        said.append(_("without: %(facts)s") % {"facts": _named(missing)})
    return " · ".join(said)


def _contact_words(data: Mapping[str, Any]) -> list[str]:
    said = [
        str(dict(ContactRecord.Outcome.choices).get(str(data.get("outcome")), "")),
        str(dict(ContactRecord.Channel.choices).get(str(data.get("channel")), "")),
    ]
    facts = _named(data.get("confirmed", ()))
    if facts:
        said.append(_("confirmed: %(facts)s") % {"facts": facts})
    if data.get("in_time") is False:
        said.append(_("after its deadline"))
    if data.get("written_late"):
        said.append(_("written down after the deadline"))
    return [word for word in said if word]


def open_callbacks(notes: Sequence[Worded]) -> list[Note]:
    """Call-backs that wait, the next first."""
    waiting = [worded.record for worded in notes if worded.record.callback_at and not worded.record.done_at]
    return sorted(waiting, key=lambda note: note.callback_at)
