"""What money of suppliers asks of whoever settles: payments to be asked for and made, penalties, reviews."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from contracts.models import Payable, SupplierReview
from contracts.rules.money import ZERO
from contracts.selectors import account, asked, money_lists, money_pages
from contracts.selectors.day import Waiting
from contracts.services import payables
from office.deadlines.models import Deadline
from office.rulebook import api as rulebook

if TYPE_CHECKING:
    from office.staff.models import Employee

SETTLE = "contracts.settle"
MOST = 20
ALL = Decimal(100)
#: Clocks that are looked at: many may be of one supplier.
SEEN = 100


def waiting(me: Employee, now: datetime) -> Iterator[Waiting]:
    """At most MOST of each; nothing where the book in force, an older one, has no such permission."""
    if SETTLE not in rulebook.book(now).rules or not rulebook.may(me, SETTLE, now):
        return
    yield from _falling_due(me, now)
    # What is withheld wholly waits for the release, not for a voucher.
    for each in money_pages.to_be_made().filter(withheld__lt=ALL)[:MOST]:
        url = reverse("contracts:payment", args=[each.pk])
        yield Waiting(
            _("Pay what was agreed to"), f"¥ {each.total:,.2f}", each.supplier.name, url,
            _("Record the voucher"), None, each.at, each.run.clause if each.run else "",
        )  # fmt: skip
    for breach in money_lists.unclaimed(now).select_related("supplier").order_by("pk")[:MOST]:
        url = reverse("contracts:breach", args=[breach.pk])
        yield Waiting(
            _("Ask for the penalty of a commission"), f"#{breach.pk}", breach.supplier.name, url, _("Look"), None,
            breach.at, breach.clause,
        )  # fmt: skip
    for review in (
        SupplierReview.objects.filter(decided_at=None).select_related("supplier").order_by("pk")[:MOST]
    ):
        url = reverse("contracts:supplier_review", args=[review.pk])
        yield Waiting(
            _("Decide the review of a supplier"), f"#{review.pk}", review.supplier.name, url, _("Say what follows"),
            review.due_at, review.opened_at, review.clause,
        )  # fmt: skip


def _falling_due(me: Employee, now: datetime) -> Iterator[Waiting]:
    """Deposits of the person's own orders, and balances from their warning on, that nobody has asked to pay: one line
    for a supplier. What is withheld has no clock. Five statements at most."""
    clocks = {int(each.subject_id): each for each in _clocks(me, now)}
    if not clocks:
        return
    rows = list(Payable.objects.filter(pk__in=clocks).select_related("supplier"))
    left, named = account.payable_left(rows), asked.named(clocks).payables
    by_supplier: dict[int, list[Payable]] = {}
    for each in sorted(rows, key=lambda one: clocks[one.pk].due_at):
        if each.pk not in named and left[each.pk] > 0:
            by_supplier.setdefault(each.supplier_id, []).append(each)
    for supplier_id, owed in list(by_supplier.items())[:MOST]:
        first = clocks[owed[0].pk]
        total = sum((left[each.pk] for each in owed), ZERO)
        yield Waiting(
            _("Ask for a payment that falls due"), f"¥ {total:,.2f}", owed[0].supplier.name,
            reverse("contracts:account", args=[supplier_id]), _("Look and pay"), first.due_at, first.started_at,
            first.clause,
        )  # fmt: skip


def _clocks(me: Employee, now: datetime) -> list[Deadline]:
    book = rulebook.book(now).rules
    wanted = Q(rule=payables.DEPOSIT)
    if payables.BALANCE in book:
        ahead = rulebook.deadline_rule(payables.BALANCE, now).warn_before or timedelta()
        wanted |= Q(rule=payables.BALANCE, due_at__lte=now + ahead)
    running = Deadline.objects.filter(wanted, state=Deadline.State.OPEN, holder_id=me.pk)
    return list(running.order_by("due_at")[:SEEN])
