"""What a leaving person holds at other desks, told to attendance, which knows none of them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.selectors import access, vault_day
from attendance.holdings import Holding, Leaver, Provider, Transfer, register_holdings
from catalog.selectors import holdings as catalog
from cms.selectors import holdings as cms
from office.errors import Refused
from office.rulebook import api as rulebook
from orders import rules
from orders.models import OrderProgress, Shop
from orders.services import desk
from orders.services.desk.reasons import ReassignReason
from orders.wording import goods_said


def connect() -> None:
    """Called in `apps.ready()`."""
    register_holdings(
        Provider(
            code="orders",
            name=gettext_lazy("Open orders"),
            held=_orders,
            check=_check_order,
            move=_move_order,
        )
    )
    # Neither desk gives a thing of its own to another person: whoever goes on with it signs what he does himself. So
    # these change hands by word.
    register_holdings(Provider(code="catalog", name=gettext_lazy("Goods and promotions"), held=_goods))
    # The general manager signs who keeps an account from now on; what the leaver could see is changed (C8.2).
    register_holdings(Provider(code="accounts", name=gettext_lazy("Official accounts"), held=_accounts))
    register_holdings(
        Provider(code="grants", name=gettext_lazy("Permissions granted"), held=_grants, by_itself=True)
    )
    register_holdings(Provider(code="cms", name=gettext_lazy("Site content"), held=_content))


def _goods(leaver: Leaver, now: datetime) -> list[Holding]:
    return [Holding(*each) for each in catalog.held_by(leaver.employee, now)]


def _accounts(leaver: Leaver, now: datetime) -> list[Holding]:
    return [Holding(*each) for each in vault_day.held_by(leaver.employee)]


def _grants(leaver: Leaver, now: datetime) -> list[Holding]:
    return [Holding(*each) for each in access.held_by(leaver.employee, now)]


def _content(leaver: Leaver, now: datetime) -> list[Holding]:
    return [Holding(*each) for each in cms.held_by(leaver.employee)]


def _held_by(employee_id: int) -> Q:
    return Q(holder_id=employee_id, state__in=rules.HELD) | Q(taken_by_id=employee_id, state=rules.TAKEN)


def _orders(leaver: Leaver, now: datetime) -> list[Holding]:
    """What he reached or confirmed and has not handed over, and what he took and has not closed."""
    shops = dict(Shop.objects.values_list("pk", "name"))
    rows = OrderProgress.objects.filter(_held_by(leaver.employee.pk)).order_by("due_at", "pk")
    return [
        Holding(
            str(row.pk),
            f"{shops.get(row.shop_id, '')} {row.number} · {goods_said(row.goods)}",
            reverse("orders:order", args=[row.pk]),
        )
        for row in rows
    ]


def _check_order(transfer: Transfer) -> None:
    """Raises Refused: who names must be one who gives orders to others, who takes must be one who works on them."""
    if not rulebook.may(transfer.by, "orders.reassign", transfer.now):
        raise Refused(
            _(
                "Orders are given to others by who may reassign them. Ask the service supervisor or the manager to"
                " name the successor."
            ),
            code="not_a_supervisor",
        )
    row = OrderProgress.objects.filter(pk=int(transfer.key)).first()
    need = "orders.take_over" if row is not None and row.state == rules.TAKEN else "orders.accept_order"
    if not rulebook.may(transfer.to, need, transfer.now):
        raise Refused(
            _("{name}’s post does not take such orders.").format(name=transfer.to.name), code="not_an_agent"
        )


def _move_order(transfer: Transfer) -> bool:
    """The order goes to the successor by the desk's own verb; False when it no longer is the leaver's."""
    row = OrderProgress.objects.filter(_held_by(transfer.leaver.pk), pk=int(transfer.key)).first()
    if row is None:
        return False
    if row.state == rules.TAKEN:
        desk.pass_on_order(order_id=row.pk, to=transfer.to, by=transfer.by, now=transfer.now)
    else:
        desk.reassign_order(
            order_id=row.pk, to=transfer.to, by=transfer.by, now=transfer.now, reason=ReassignReason.ABSENT
        )
    return True
