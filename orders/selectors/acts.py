"""What can be done with an order now, and by whom: for buttons, keys and the column in the middle of its page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from office.rulebook import api as rulebook
from orders import rules
from orders.models import OrderProgress
from orders.selectors.order import ACCEPT, CANCEL, REASSIGN, TAKE_OVER, Viewer, may_work

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: Whoever works on the order records it: the holder, product operations, a supervisor.
AFTER_SALES = "after-sales"


@dataclass(frozen=True, slots=True)
class Act:
    """One act of the state table. Whose it is: `permission`, or the holder's when it is "".

    `main`: the act that moves the order on; the others are at hand behind one click. `ask`: what is asked once
    before an end is reached.
    """

    key: str
    label: StrOrPromise
    states: tuple[str, ...]
    permission: str = ""
    main: bool = False
    form: bool = False
    hint: StrOrPromise = ""
    ask: StrOrPromise = ""


ACTS = (
    Act(
        "accept",
        _("Accept"),
        (rules.WAITING,),
        ACCEPT,
        main=True,
        hint=_("Accepting starts the clock for reaching the customer."),
    ),
    Act("contact", _("Record a contact"), (rules.ACCEPTED, rules.CONTACTED), main=True, form=True),
    Act(
        "confirm",
        _("Confirm the order"),
        (rules.CONTACTED,),
        main=True,
        form=True,
        hint=_("The customer was reached, and goods, amount, address and phone are right."),
    ),
    Act(
        "invalid",
        _("Mark as invalid"),
        (rules.CONTACTED,),
        form=True,
        ask=_(
            "The order ends here and every clock of it stops. "
            "This cannot be taken back; a mistake is mended by a new order."
        ),
    ),
    Act(
        "hand-over",
        _("Hand over"),
        (rules.CONFIRMED,),
        main=True,
        hint=_("Product operations take it from here, by name."),
    ),
    Act("take", _("Take over"), (rules.HANDED_OVER,), TAKE_OVER, main=True),
    Act(
        "close",
        _("Close the order"),
        (rules.TAKEN,),
        TAKE_OVER,
        main=True,
        form=True,
        hint=_("Delivered, and nothing is left to follow."),
    ),
    Act(
        AFTER_SALES,
        _("Record what came after the sale"),
        rules.OUT_OF_HAND,
        form=True,
        hint=_("A return, an exchange, a complaint: an event beside the order."),
    ),
    Act(
        "give-back",
        _("Give back to the pool"),
        rules.IN_HAND,
        form=True,
        hint=_("Somebody else can take it at once."),
    ),
    Act("reassign", _("Reassign"), (rules.WAITING, *rules.HELD), REASSIGN, form=True),
    Act("return", _("Take back to the pool"), rules.HELD, REASSIGN, form=True),
    Act(
        "cancel",
        _("Cancel the order"),
        (rules.WAITING, *rules.HELD),
        CANCEL,
        form=True,
        ask=_(
            "The order is called off for good. It stays in the ledger as it was made, with the cancellation beside it."
        ),
    ),
    Act(
        "replace",
        _("Name the order in its place"),
        rules.STATES,
        CANCEL,
        form=True,
        hint=_("For an order that was wrong: the right one is booked under a number of its own."),
        ask=_(
            "Both orders will name each other for good. If this one is not handed over yet, it is called off by it."
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Offer:
    """An act as one viewer meets it. `by` names whose it is when it is not his; `blocked` says what is missing."""

    act: Act
    allowed: bool
    by: str = ""
    blocked: StrOrPromise = ""


def offers(who: Viewer, progress: OrderProgress, *, reached: bool) -> list[Offer]:
    """The acts of the order's state, his own first. `reached`: a customer was reached since the acceptance."""
    found = []
    for act in ACTS:
        if progress.state not in act.states:
            continue
        mine = progress.holder_id == who.user.pk if not act.permission else who.may(act.permission)
        if act.key == AFTER_SALES:
            mine = may_work(who, progress)
        if act.key == "return" and progress.holder_id == who.user.pk and progress.state in rules.IN_HAND:
            continue  # he gives it back
        blocked: StrOrPromise = ""
        if act.key == "confirm" and mine and not reached:
            blocked = _("Nobody has reached the customer yet.")
        found.append(Offer(act, mine and not blocked, "" if mine else _whose(who, progress, act), blocked))
    return sorted(found, key=lambda offer: not offer.allowed)


def _whose(who: Viewer, progress: OrderProgress, act: Act) -> str:
    if not act.permission:
        return progress.holder.name if progress.holder else ""
    book = rulebook.book(who.at)
    names = [str(book.positions[code]) for code in book.positions if code in _positions(book, act.permission)]
    return str(_(", ")).join(names)


def _positions(book: rulebook.Book, key: str) -> frozenset[str]:
    return rulebook.rule_in(book, key, rulebook.PermissionRule).positions


def first_act(found: list[Offer]) -> str:
    """The key of the act whose form is open: the one that moves the order on. A reached order is confirmed next."""
    allowed = [offer.act for offer in found if offer.allowed and offer.act.main]
    keys = [act.key for act in allowed]
    return "confirm" if "confirm" in keys else (keys[0] if keys else "")


def may_write(who: Viewer, progress: OrderProgress) -> bool:
    """Whether the note form is shown."""
    return may_work(who, progress)
