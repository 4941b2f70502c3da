"""Swaps as the approval engine and the deciders see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from attendance.models import Swap
from attendance.selectors.types import shift_types
from attendance.services.roster import swaps as verbs
from office.approvals import api as approvals
from office.errors import Invalid
from office.rulebook.calendar import ZONE

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from office.approvals.models import Run
    from office.staff.models import Employee


def fields(subject_id: str) -> Mapping[str, str]:
    """The shifts as they stand: one that is taken out voids the request."""
    found = Swap.objects.select_related("give", "take").filter(pk=int(subject_id)).first()
    if found is None:
        return {}
    return {
        "give": f"{found.give_id} {found.give.employee_id} {found.give.removed_at or ''}",
        "take": f"{found.take_id} {found.take.employee_id} {found.take.removed_at or ''}"
        if found.take
        else "",
    }


def changes(run: Run) -> list[approvals.Change]:
    """A line for each shift: from whom, to whom."""
    types = shift_types(run.submitted_at)
    found = []
    for index, move in enumerate(run.payload["moves"]):
        type_ = types.get(move["code"])
        label = f"{move['day']} {type_.name if type_ else move['code']}"
        found.append(approvals.Change(f"move{index}", label, move["from_name"], move["to_name"]))
    found += _unfair(run.payload.get("unfair", ()))
    found += _empty(run.payload.get("holes", ()), run.submitted_at)
    return [*found, approvals.Change("reason", _("Reason"), "", run.payload["reason"])]


def _unfair(rows: Sequence[Sequence[Any]]) -> list[approvals.Change]:
    """Who would have more turns than is fair, as it was known when the swap was handed in."""
    return [
        approvals.Change(
            f"unfair{index}",
            str(_("More turns than are fair")) + f" ({clause})",
            "",
            _("{name}: {n} turns from {since} to {until}, the least is {least}").format(
                name=name, n=turns, since=since[5:], until=until[5:], least=least
            ),
        )
        for index, (_sort, _who, name, turns, least, since, until, clause) in enumerate(rows)
    ]


def _empty(rows: Sequence[Sequence[str]], at: datetime) -> list[approvals.Change]:
    """What would no longer be covered, as it was known when the swap was handed in."""
    types = shift_types(at)
    names = {"agents": _("no agent"), "hotline": _("no hotline holder")}
    found = []
    for index, (kind, code, start, end) in enumerate(rows):
        begins, ends = (datetime.fromisoformat(each).astimezone(ZONE) for each in (start, end))
        type_ = types.get(code)
        what = type_.name if type_ else str(names.get(kind, code))
        found.append(
            approvals.Change(
                f"hole{index}", str(_("not covered")), "", f"{what} {begins:%m-%d %H:%M}–{ends:%m-%d %H:%M}"
            )
        )
    return found


def check(payload: Mapping[str, Any]) -> None:
    moves = payload.get("moves")
    if not isinstance(moves, list) or not moves or not isinstance(payload.get("swap"), int):
        raise Invalid(_("The request names no shift."), code="moves")
    swap = (
        Swap.objects.select_related("give", "take", "asker", "colleague").filter(pk=payload["swap"]).first()
    )
    if swap is None or swap.state != Swap.State.AGREED or verbs.payload_of(swap)["moves"] != moves:
        raise Invalid(_("The colleague has not agreed to this swap."), code="not_agreed")


def apply(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    verbs.apply_swap(run=run, payload=payload, by=by, now=now)


def visible(person: Employee, subject_id: str) -> bool:
    return Swap.objects.filter(pk=int(subject_id), colleague=person).exists()


def page(subject_id: str) -> str:
    return reverse("attendance:swaps")


def ask(subject_id: str) -> str:
    """Where a swap that came back is changed."""
    return reverse("attendance:swap_again", args=[subject_id]) if subject_id.isdigit() else page(subject_id)


def field_name(field: str) -> StrOrPromise:
    return {"give": _("the shift given"), "take": _("the shift taken")}.get(field, field)
