"""Who may see which order, and what of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from guardian.shortcuts import get_objects_for_user

from office.audit.models import Entry
from office.errors import NotFound
from office.rulebook import api as rulebook
from orders import rules
from orders.models import OrderProgress, Shop, Unmasking

if TYPE_CHECKING:
    from office.staff.models import Employee

VIEW, VIEW_ALL, VIEW_CUSTOMER = "orders.view", "orders.view_all", "orders.view_customer"
ACCEPT, REASSIGN, TAKE_OVER, CANCEL = (
    "orders.accept_order",
    "orders.reassign",
    "orders.take_over",
    "orders.cancel",
)
#: What everybody who looks at orders needs of the shops: all but secrets and column mappings.
_SHOP_FIELDS = ["id", "code", "name", "platform", "currency", "restricted", "active", "created_at"]
_SHOPS_SQL = f"SELECT {', '.join(_SHOP_FIELDS)} FROM orders_shop ORDER BY code"  # noqa: S608
_AFTER_HANDOVER = (rules.HANDED_OVER, rules.TAKEN, rules.CLOSED)


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person with what his posts allow at an instant, read once per request. `hidden_shops`: restricted shops that
    are not granted to him."""

    user: Employee
    at: datetime
    permissions: frozenset[str]
    shops: dict[int, Shop]
    hidden_shops: frozenset[int]

    def may(self, key: str) -> bool:
        return key in self.permissions


def viewer(user: Employee, at: datetime, permissions: frozenset[str] | None = None) -> Viewer:
    """Four queries at most, one when a page knows the permissions from its door and no shop is restricted. Who
    manages shops grants them, so nothing is hidden from him."""
    if permissions is None:
        permissions = rulebook.permissions_of(user, at)
    with connection.cursor() as cursor:
        cursor.execute(_SHOPS_SQL)
        shops = {row[0]: Shop.from_db(connection.alias, _SHOP_FIELDS, row) for row in cursor.fetchall()}
    restricted = frozenset(shop.pk for shop in shops.values() if shop.restricted)
    hidden = restricted
    if restricted and "orders.manage_shops" in permissions:
        hidden = frozenset()
    elif restricted:
        granted = get_objects_for_user(user, "orders.work_shop", klass=Shop, with_superuser=False)
        hidden = restricted - frozenset(granted.values_list("pk", flat=True))
    return Viewer(user, at, permissions, shops, hidden)


def visible_to(who: Viewer) -> QuerySet[OrderProgress]:
    """Agents: the pool and their own. Product operations: what was handed over. With `orders.view_all`: everything.
    Restricted shops only where granted."""
    visible = OrderProgress.objects.all()
    if not who.may(VIEW):
        return visible.none()
    if who.hidden_shops:
        visible = visible.exclude(shop_id__in=who.hidden_shops)
    if who.may(VIEW_ALL):
        return visible
    mine = Q(holder_id=who.user.pk) | Q(taken_by_id=who.user.pk)
    if who.may(ACCEPT):
        mine |= Q(state=rules.WAITING)
    if who.may(TAKE_OVER):
        mine |= Q(state__in=_AFTER_HANDOVER)
    return visible.filter(mine)


def visible_sql(who: Viewer, row: str = "p") -> str:
    """`visible_to` as a condition on the table alias `row`, with parameters me and hidden: for the lists, which are
    asked for every few seconds by everybody. A test holds the two together."""
    if not who.may(VIEW):
        return "FALSE"
    shops = f" AND NOT {row}.shop_id = ANY(%(hidden)s)" if who.hidden_shops else ""
    if who.may(VIEW_ALL):
        return "TRUE" + shops
    mine = [f"{row}.holder_id = %(me)s", f"{row}.taken_by_id = %(me)s"]
    if who.may(ACCEPT):
        mine.append(f"{row}.state = '{rules.WAITING}'")
    if who.may(TAKE_OVER):
        mine.append(f"{row}.state IN {_AFTER_HANDOVER}")
    return f"({' OR '.join(mine)})" + shops


def may_see(who: Viewer, progress: OrderProgress) -> bool:
    """`visible_to` for one row at hand; who once worked on an order may still read it, masked."""
    if not who.may(VIEW) or progress.shop_id in who.hidden_shops:
        return False
    if who.may(VIEW_ALL) or who.user.pk in (progress.holder_id, progress.taken_by_id):
        return True
    if who.may(ACCEPT) and progress.state == rules.WAITING:
        return True
    if who.may(TAKE_OVER) and progress.state in _AFTER_HANDOVER:
        return True
    return Entry.objects.filter(
        subject_type="order", subject_id=str(progress.pk), actor_id=who.user.pk
    ).exists()


def access_order(who: Viewer, order_id: int) -> OrderProgress:
    """The row with its order, shop, holder and taker. Raises NotFound for what he may not know of."""
    progress = (
        OrderProgress.objects.select_related("order__shop", "holder", "taken_by").filter(pk=order_id).first()
    )
    if progress is None or not may_see(who, progress):
        raise NotFound(_("There is no such order."))
    return progress


def may_work(who: Viewer, progress: OrderProgress) -> bool:
    """Who has the order in hand, product operations from the hand-over on, and supervisors."""
    if who.may(REASSIGN) or who.user.pk in (progress.holder_id, progress.taken_by_id):
        return True
    return who.may(TAKE_OVER) and progress.state in _AFTER_HANDOVER


def may_unmask(who: Viewer, progress: OrderProgress) -> bool:
    """C13.5: who works on the order, or answers for it. Nobody in the pool, and never IT."""
    if not who.may(VIEW_CUSTOMER) or progress.state == rules.WAITING:
        return False
    return may_work(who, progress)


def needs_unmask_reason(who: Viewer, progress: OrderProgress) -> bool:
    """The holder at work needs none; everybody else says why."""
    return not (progress.holder_id == who.user.pk and progress.state in rules.HELD)


def is_shown(who: Viewer, progress: OrderProgress) -> bool:
    """Whether an unmasking of this viewer still stands: his own work, since he accepted it; otherwise ten minutes."""
    if not may_unmask(who, progress):
        return False
    since = who.at - rules.SHOWN_FOR
    if not needs_unmask_reason(who, progress) and progress.accepted_at is not None:
        since = progress.accepted_at
    return Unmasking.objects.filter(order_id=progress.pk, by=who.user, at__gte=since).exists()
