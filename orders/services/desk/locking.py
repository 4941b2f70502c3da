"""What every verb of the desk does first: lock the row, see that this person may, and that the page was not stale.

The order comes before the permission: an act on an order that one may not see answers 404, whatever the act."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, NotFound, Refused
from office.rulebook import api as rulebook
from orders import rules
from orders.models import OrderProgress
from orders.selectors.order import Viewer, may_see, viewer
from orders.subjects import subject_of

if TYPE_CHECKING:
    from office.staff.models import Employee
    from office.subjects import Subject

_PERSON = 7201  # class of advisory locks: one person's hands


def lock_person(employee: Employee) -> None:
    """Serialises what is counted per person. Taken before any order's row, so that two verbs cannot cross."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_PERSON, employee.pk % 2**31])


def locked_row(order_id: int, *, skip_locked: bool = False) -> OrderProgress | None:
    """The row under lock with order, shop, holder and taker; None when there is none (or it is locked elsewhere).

    Two statements: a join in the locking one would show the holder from before the wait.
    """
    rows = OrderProgress.objects.filter(pk=order_id)
    if not rows.select_for_update(skip_locked=skip_locked).values_list("pk").first():
        return None
    return rows.select_related("order__shop", "holder", "taken_by").get()


def lock_order(
    order_id: int, by: Employee | None, *, now: datetime, seen: int | None = None, from_pool: bool = False
) -> tuple[OrderProgress, Subject]:
    """The locked progress row with order, shop and holder, and the order's subject.

    `by` None is the system, which sees everything. `seen` is the version of the row that the writer had before his
    eyes. `from_pool`: who came too late for an order of the pool may learn that somebody holds it now. Raises
    NotFound for what he may not know of, Conflict (`stale`) when it has changed since.
    """
    progress = locked_row(order_id)
    known = progress is not None and (
        by is None
        or may_see(who := viewer(by, now), progress)
        or (from_pool and progress.state in rules.HELD and progress.shop_id not in who.hidden_shops)
    )
    if progress is None or not known:
        raise NotFound(_("There is no such order."))
    require_seen(progress, seen)
    return progress, subject_of(progress.order)


def require_seen(progress: OrderProgress, seen: int | None) -> None:
    """Raises Conflict (`stale`) when the row has changed since the version the writer had before his eyes."""
    if seen is not None and seen != progress.version:
        raise stale(progress)


def stale(progress: OrderProgress) -> Conflict:
    """What the order has become since the page was read."""
    state = progress.get_state_display()
    if progress.holder is not None:
        return Conflict(
            _("The order has moved on. It is now “%(state)s”, with %(name)s.")
            % {"state": state, "name": progress.holder.name},
            code="stale",
            state=progress.state,
            holder=progress.holder.name,
        )
    return Conflict(
        _("The order has moved on. It is now “%(state)s”.") % {"state": state},
        code="stale",
        state=progress.state,
    )


def require(by: Employee, key: str, now: datetime) -> None:
    """Raises Forbidden, naming the permission's clause, unless one of his posts has it."""
    if not rulebook.may(by, key, now):
        raise Forbidden(
            _("Your post does not allow this."),
            clause=rulebook.permission_rule(key, at=now).clause,
            permission=key,
        )


def require_state(progress: OrderProgress, *allowed: str) -> None:
    """Raises Conflict (`state`) that says where the order stands."""
    if progress.state not in allowed:
        moved = stale(progress)
        moved.code = "state"
        raise moved


def require_holder(progress: OrderProgress, by: Employee, clause: str) -> None:
    """Only who holds an order works on it."""
    if progress.holder_id != by.pk:
        raise Forbidden(
            _("%(name)s holds this order. A supervisor can give it to you.")
            % {"name": progress.holder.name if progress.holder else _("Nobody")},
            code="not_holder",
            clause=clause,
        )


def require_note(reason: str, note: str) -> None:
    """`other` says nothing by itself."""
    if reason == "other" and not note.strip():
        raise Refused(_("Please say in a few words what it is."), code="note_needed")


def clause_of(key: str, at: datetime) -> str:
    """The clause that the key's rule rests on in the book in force, "" when the book has no such rule."""
    rule = rulebook.book(at).rules.get(key)
    return rule.clause if rule else ""


def settle_due(progress: OrderProgress, subject: Subject, now: datetime) -> None:
    """Sets `due_at` and `due_rule` from the clocks that run now. The caller saves."""
    progress.moved_at = now
    if progress.state in rules.ENDS:
        progress.due_at, progress.due_rule, progress.next_try_at = None, "", None
        return
    running = {clock.rule: clock.due_at for clock in deadlines.of(subject) if clock.state == "open"}
    due = rules.next_due(running, progress.next_try_at)
    progress.due_at, progress.due_rule = (due.at, due.rule) if due else (None, "")


def clock_time(at: datetime) -> str:
    """ "14:05" in Shanghai, with the date when it was not today."""
    local = timezone.localtime(at)
    return local.strftime("%H:%M") if local.date() == timezone.localdate() else local.strftime("%m-%d %H:%M")


__all__ = [
    "Viewer",
    "clause_of",
    "clock_time",
    "lock_order",
    "lock_person",
    "require",
    "require_holder",
    "require_note",
    "require_seen",
    "require_state",
    "settle_due",
    "stale",
]
