"""Swaps as the approval engine and the deciders see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from attendance.models import Swap, Swapped
from attendance.selectors.checks import emptied
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
    """The shifts, or nights, as they stand: one that is taken out voids the request."""
    found = Swap.objects.select_related(*verbs.TURNS).filter(pk=int(subject_id)).first()
    if found is None:
        return {}
    return {"give": _stands(found.given), "take": _stands(found.taken) if found.taken else ""}


def _stands(turn: Swapped) -> str:
    return f"{turn.pk} {turn.employee_id} {turn.removed_at or ''}"


def changes(run: Run) -> list[approvals.Change]:
    """A line for each shift: from whom, to whom."""
    types = shift_types(run.submitted_at)
    found = []
    for index, move in enumerate(run.payload["moves"]):
        type_ = types.get(move["code"])
        name = type_.name if type_ else _("Hotline") if "night" in move else move["code"]
        label = f"{move['day']} {name}"
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
    return [
        approvals.Change(
            f"hole{index}",
            str(_("not covered")),
            "",
            _hole(kind, code, datetime.fromisoformat(start), datetime.fromisoformat(end), at),
        )
        for index, (kind, code, start, end) in enumerate(rows)
    ]


def _hole(kind: str, code: str, start: datetime, end: datetime, at: datetime) -> str:
    names = {"agents": _("no agent"), "hotline": _("no hotline holder")}
    type_ = shift_types(at).get(code)
    begins, ends = start.astimezone(ZONE), end.astimezone(ZONE)
    return f"{type_.name if type_ else names.get(kind, code)} {begins:%m-%d %H:%M}–{ends:%m-%d %H:%M}"


def _swap_of(run: Run) -> Swap:
    return Swap.objects.select_related(*verbs.TURNS, "asker", "colleague").get(pk=int(run.subject_id))


def in_words(run: Run, now: datetime) -> bool:
    """Hours without anybody are agreed to with a reason, as when the roster is published. Of a swap that cannot be the
    refusal says why."""
    found = _swap_of(run)
    return not verbs.missing(found) and bool(emptied(verbs.moves_of(found), now))


def exhibits(run: Run, person: Employee, now: datetime) -> list[approvals.Exhibit]:
    """What the swap does to coverage, reckoned anew each time it is looked at until it is decided on."""
    if run.state != run.State.RUNNING:
        return []
    found = _swap_of(run)
    said = [
        _hole(each.kind, each.code, each.starts_at, each.ends_at, now)
        for each in emptied(verbs.moves_of(found), now)
    ]
    context = {"holes": said, "missing": [name for name, _day in verbs.missing(found)]}
    return [approvals.Exhibit(_("Coverage as things are now"), "attendance/_swap_coverage.html", context)]


def check(payload: Mapping[str, Any]) -> None:
    moves = payload.get("moves")
    if not isinstance(moves, list) or not moves or not isinstance(payload.get("swap"), int):
        raise Invalid(_("The request names no shift."), code="moves")
    swap = Swap.objects.select_related(*verbs.TURNS, "asker", "colleague").filter(pk=payload["swap"]).first()
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
