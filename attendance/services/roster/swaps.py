"""Two people swap shifts, or nights with the hotline: one asks, the other agrees, the chain of "attendance.swap"
approves, and it is applied exactly as agreed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from attendance.models import HotlineSpan, Shift, Swap, Swapped
from attendance.rules.facts import Period
from attendance.selectors.absence import away_in
from attendance.selectors.checks import emptied
from attendance.selectors.fairness import if_moved
from attendance.selectors.returned import returned_run
from attendance.selectors.rota import HOTLINE
from attendance.services.marking import mark_days
from attendance.services.roster import guards, laying
from attendance.services.roster.hotline import give_nights
from office.approvals import api as approvals
from office.audit import api as audit
from office.errors import Conflict, Forbidden, NotFound, Refused
from office.notices import api as notices
from office.staff.models import Employee

if TYPE_CHECKING:
    from office.approvals.models import Run

KIND = "attendance.swap"
OPEN = (Swap.State.ASKED, Swap.State.AGREED)
TURNS = ("give", "take", "give_night", "take_night")
#: What marks the notices of a swap of nights.
NIGHT = ":night"
TOLD = (
    "attendance.swap_asked",
    "attendance.swap_declined",
    "attendance.swap_withdrawn",
    "attendance.swap_done",
)


@transaction.atomic
def ask_swap(
    *,
    give_id: int,
    colleague_id: int,
    take_id: int | None,
    reason: str,
    by: Employee,
    now: datetime,
    sort: str = Swap.Sort.SHIFT,
) -> Swap:
    """The asker's shift for the colleague's (None: the colleague takes it over), or, of the sort "night", a night with
    the hotline. Raises Invalid, NotFound, Conflict (`open`, `overlap`), Refused (`no_rest`, `away`)."""
    reason = guards.text(reason, path="reason", longest=300, missing=_("Please give the reason."))
    guards.hold_roster()
    give = _turn(sort, give_id, by.pk, now)
    colleague = _colleague(colleague_id, by)
    take = _turn(sort, take_id, colleague.pk, now) if take_id is not None else None
    _refuse_twice(give)
    made = Swap(asker=by, colleague=colleague, reason=reason, asked_at=now)
    made.put(give, take)
    made.save()
    _try(made, now)
    _record("attendance.ask_swap", made, by, now)
    _tell("attendance.swap_asked", made, [colleague.pk], now)
    return made


def _refuse_twice(give: Swapped, *, but: int = 0) -> None:
    """Raises Conflict when another swap of it is open."""
    same = {"give": give} if isinstance(give, Shift) else {"give_night": give}
    if Swap.objects.filter(state__in=OPEN, **same).exclude(pk=but).exists():
        raise Conflict(_("A swap of this shift is being decided already."), code="open")


@transaction.atomic
def change_swap(
    *,
    swap_id: int,
    colleague_id: int,
    take_id: int | None,
    reason: str,
    by: Employee,
    now: datetime,
    give_id: int | None = None,
    sort: str = "",
) -> Swap:
    """What the deciders gave back to the asker is changed by him and asked again: with another colleague, another shift
    or night of his own (`give_id`, None: the same one; `sort` as of `ask_swap`, "": as before), for another one, or
    with other words. Whoever would give or take
    otherwise than he agreed to is asked first; otherwise it goes to the chain at once. Raises Invalid, NotFound,
    Forbidden, Conflict (`state`, `open`, `overlap`), Refused (`no_rest`, `away`)."""
    reason = guards.text(reason, path="reason", longest=300, missing=_("Please give the reason."))
    _hold(swap_id)
    guards.hold_roster()
    found = _locked(swap_id, by)
    if by.pk != found.asker_id:
        raise Forbidden(_("Who asked changes it, nobody else."))
    run = returned_run(KIND, found.subject, by)
    if run is None or found.state not in OPEN:
        raise Conflict(_("This swap is: {state}.").format(state=found.get_state_display()), code="state")
    if give_id is None:
        sort, give_id = found.sort, found.given.pk
    give = _turn(sort or found.sort, give_id, by.pk, now)
    _refuse_twice(give, but=found.pk)
    colleague = _colleague(colleague_id, by)
    take = _turn(sort or found.sort, take_id, colleague.pk, now) if take_id is not None else None
    before, moves = found.colleague, payload_of(found)["moves"]
    found.put(give, take)
    found.colleague, found.reason = colleague, reason
    asked_anew = found.state == Swap.State.ASKED or payload_of(found)["moves"] != moves
    if asked_anew:
        found.state, found.answered_at = Swap.State.ASKED, None
    found.save(update_fields=[*TURNS, "colleague", "reason", "state", "answered_at"])
    _try(found, now)
    _record("attendance.change_swap", found, by, now, moves_before=moves)
    if before.pk != colleague.pk:
        _tell("attendance.swap_withdrawn", found, [before.pk], now, round=run.round)
    if asked_anew:
        _tell("attendance.swap_asked", found, [colleague.pk], now, round=run.round)
    else:
        _hand_in(found, now)
    return found


def _colleague(pk: int, by: Employee) -> Employee:
    """Raises Invalid."""
    found = Employee.objects.filter(pk=pk, is_active=True).first()
    if found is None or found.pk == by.pk:
        raise guards.wrong("colleague", "choice", _("Please choose a colleague."))
    return found


def _turn(sort: str, pk: int, employee_id: int, now: datetime) -> Swapped:
    """A published shift or night of the person that has not begun. Raises NotFound, Conflict."""
    which = {"pk": pk, "employee_id": employee_id, "published_at__isnull": False, "removed_at": None}
    found: Swapped | None
    if sort == Swap.Sort.NIGHT:
        found = HotlineSpan.objects.select_for_update().filter(**which).first()
    else:
        found = Shift.objects.select_for_update().filter(**which).first()
    if found is None:
        raise NotFound(
            _("There is no such night.") if sort == Swap.Sort.NIGHT else _("There is no such shift.")
        )
    if found.starts_at <= now:
        raise _begun(found)
    return found


def _begun(turn: Swapped) -> Conflict:
    said = _("This shift has begun.") if isinstance(turn, Shift) else _("This night has begun.")
    return Conflict(said, code="begun")


def _try(swap: Swap, now: datetime) -> None:
    """Whether the swap is possible, by doing it and undoing it. Raises what `_exchange` raises."""
    with transaction.atomic():
        point = transaction.savepoint()
        try:
            _exchange(swap, by=swap.asker, now=now)
        finally:
            transaction.savepoint_rollback(point)


def _exchange(swap: Swap, *, by: Employee | None, now: datetime) -> list[Swapped]:
    """Both change hands. Raises Conflict (`moved`, `overlap`), Refused (`no_rest`, `away`)."""
    pairs = moves_of(swap)
    for name, day in missing(swap):
        raise Refused(
            _("{name} is not here at the time of the shift of {day}.").format(name=name, day=day),
            code="away",
            clause=guards.clause_of(KIND, now),
        )
    for turn, _who in pairs:
        rows = (Shift if isinstance(turn, Shift) else HotlineSpan).objects.select_for_update()
        if not rows.filter(pk=turn.pk, removed_at=None).exists():
            raise Conflict(
                _("The roster has changed since: the shift of {day} is no more.").format(day=turn.day),
                code="moved",
            )
    reason = str(_("swap"))
    nights = [(turn, who) for turn, who in pairs if isinstance(turn, HotlineSpan)]
    if nights:
        return list(give_nights(nights, by=by, now=now, reason=reason))
    shifts = [(turn, who) for turn, who in pairs if isinstance(turn, Shift)]
    laying.take_out([shift for shift, _who in shifts], by=by, now=now, reason=reason)
    made: list[Swapped] = []
    for shift, who in shifts:
        new = laying.build(
            employee_id=who, day=shift.day, code=shift.code, origin=Shift.Origin.SWAP, by=by, now=now
        )
        new.published_at = now
        new.save()
        made.append(new)
    for shift, _who in shifts:
        laying.refuse_restless({swap.asker_id, swap.colleague_id}, shift.day, shift.day, now, drafts=False)
    return made


@transaction.atomic
def answer_swap(*, swap_id: int, agrees: bool, by: Employee, now: datetime) -> Swap:
    """The colleague's word. Agreed, it is handed in for approval in the asker's name, as he asked. Raises NotFound,
    Conflict, and what `submit` raises."""
    _hold(swap_id)
    found = _locked(swap_id, by)
    if by.pk != found.colleague_id:
        raise Forbidden(_("The colleague answers, nobody else."))
    again = returned_run(KIND, found.subject, found.asker)
    if found.state != Swap.State.ASKED or (found.run_id is not None and again is None):
        raise Conflict(_("This swap is: {state}.").format(state=found.get_state_display()), code="state")
    found.answered_at = now
    if not agrees:
        found.state, found.ended_at = Swap.State.DECLINED, now
        found.save(update_fields=["state", "answered_at", "ended_at"])
        if again is not None:
            reason = str(_("The colleague declined the swap."))
            approvals.withdraw(run_id=again.pk, by=found.asker, now=now, reason=reason)
        _record("attendance.decline_swap", found, by, now)
        _tell("attendance.swap_declined", found, [found.asker_id], now)
        return found
    _turn(found.sort, found.given.pk, found.asker_id, now)
    if found.taken is not None:
        _turn(found.sort, found.taken.pk, found.colleague_id, now)
    found.state = Swap.State.AGREED
    found.save(update_fields=["state", "answered_at"])
    _record("attendance.agree_swap", found, by, now)
    _hand_in(found, now)
    return found


def _hand_in(swap: Swap, now: datetime) -> None:
    """The agreed swap goes to the chain in the asker's name, as he asked; anew, when it came back to him."""
    again = returned_run(KIND, swap.subject, swap.asker)
    unfair = [each.as_json() for each in if_moved(moves_of(swap), now)]
    empty = [each.as_json() for each in emptied(moves_of(swap), now)]
    paper, said = payload_of(swap), swap.reason
    paper |= ({"unfair": unfair} if unfair else {}) | ({"holes": empty} if empty else {})
    if again is not None:
        approvals.resubmit(run_id=again.pk, payload=paper, by=swap.asker, now=now, comment=said)
        return
    run = approvals.submit(
        kind=KIND, subject=swap.subject, payload=paper, by=swap.asker, now=now, comment=said
    )
    swap.run_id = run.pk
    swap.save(update_fields=["run_id"])


def missing(swap: Swap) -> list[tuple[str, date]]:
    """Who would get a shift or night of which day though he is on leave in it, or has left by then. Which of the two is
    his own affair: whoever asks him to swap is not told."""
    people = {swap.asker_id: swap.asker, swap.colleague_id: swap.colleague}
    return [(people[who].name, turn.day) for turn, who in moves_of(swap) if away_in(who, _spans(turn))]


def _spans(turn: Swapped) -> list[Period]:
    if isinstance(turn, Shift):
        return [(cast(datetime, span.lower), cast(datetime, span.upper)) for span in turn.spans]
    return [(turn.starts_at, turn.ends_at)]


def moves_of(swap: Swap) -> list[tuple[Swapped, int]]:
    """Each shift or night, and to whom it goes."""
    taken = [(swap.taken, swap.asker_id)] if swap.taken is not None else []
    return [(swap.given, swap.colleague_id), *taken]


def payload_of(swap: Swap) -> dict[str, Any]:
    """What the paper says: which shift, or night, of whom goes to whom."""
    rows = [(swap.given, swap.asker, swap.colleague)]
    if swap.taken is not None:
        rows.append((swap.taken, swap.colleague, swap.asker))
    return {
        "swap": swap.pk,
        "moves": [
            {
                "night" if isinstance(turn, HotlineSpan) else "shift": turn.pk,
                "day": turn.day.isoformat(),
                "code": turn.code if isinstance(turn, Shift) else HOTLINE,
                "from": giver.pk,
                "from_name": giver.name,
                "to": taker.pk,
                "to_name": taker.name,
            }
            for turn, giver, taker in rows
        ],
        "reason": swap.reason,
    }


@transaction.atomic
def withdraw_swap(*, swap_id: int, by: Employee, now: datetime) -> Swap:
    """The asker no longer wants it; a request on its way is taken back with it. Raises NotFound, Forbidden,
    Conflict."""
    _hold(swap_id)
    found = _locked(swap_id, by)
    if by.pk != found.asker_id:
        raise Forbidden(_("Who asked takes it back, nobody else."))
    if found.state not in OPEN:
        raise Conflict(_("This swap is: {state}.").format(state=found.get_state_display()), code="state")
    found.state, found.ended_at = Swap.State.WITHDRAWN, now
    found.save(update_fields=["state", "ended_at"])
    if found.run_id is not None:
        approvals.withdraw(run_id=found.run_id, by=by, now=now, reason=str(_("The swap was taken back.")))
    _record("attendance.withdraw_swap", found, by, now)
    _tell("attendance.swap_withdrawn", found, [found.colleague_id], now)
    return found


def apply_swap(*, run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> list[Swapped]:
    """What the run agreed to, inside its execution. A party to the swap does not approve it. Raises Conflict,
    Refused."""
    guards.hold_roster()
    found = Swap.objects.select_for_update().get(pk=payload["swap"])
    found = Swap.objects.select_related(*TURNS, "asker", "colleague").get(pk=found.pk)
    if found.state != Swap.State.AGREED or payload_of(found)["moves"] != payload["moves"]:
        raise Conflict(_("The swap is no longer what was agreed."), code="moved")
    if by is not None and by.pk in (found.asker_id, found.colleague_id):
        raise Refused(_("Who swaps does not approve it himself."), code="party", clause=run.clause)
    for turn, _who in moves_of(found):
        if turn.starts_at <= now:
            raise _begun(turn)
    empty = [each.as_json() for each in emptied(moves_of(found), now)]
    made = _exchange(found, by=by, now=now)
    if found.sort == Swap.Sort.SHIFT:
        both = (found.asker_id, found.colleague_id)
        mark_days(days=[(who, turn.day) for turn in made for who in both], now=now)
    found.state, found.ended_at = Swap.State.DONE, now
    found.save(update_fields=["state", "ended_at"])
    _record("attendance.apply_swap", found, by, now, run=run.pk, holes=empty)
    _tell("attendance.swap_done", found, [found.asker_id, found.colleague_id], now)
    return made


def request_ended(run: Run, by: Employee | None, now: datetime) -> None:
    """Rejected, taken back or void: the swap ends with its request, and its shift can be asked about anew."""
    found = Swap.objects.select_for_update().filter(pk=int(run.subject_id), state__in=OPEN).first()
    if found is not None:
        withdrawn = run.state == run.State.WITHDRAWN
        found.state, found.ended_at = Swap.State.WITHDRAWN if withdrawn else Swap.State.REFUSED, now
        found.save(update_fields=["state", "ended_at"])


def _hold(pk: int) -> None:
    """The requests about the swap, before the swap itself."""
    swap = Swap.objects.filter(pk=pk).first()
    if swap is not None:
        approvals.hold(swap.subject)


def _locked(pk: int, by: Employee) -> Swap:
    """Raises NotFound for a swap that is not the person's."""
    found = (
        Swap.objects.select_for_update(of=("self",))
        .select_related(*TURNS, "asker", "colleague")
        .filter(pk=pk)
        .first()
    )
    if found is None or by.pk not in (found.asker_id, found.colleague_id):
        raise NotFound(_("There is no such swap."))
    return found


def _record(verb: str, swap: Swap, by: Employee | None, now: datetime, **more: object) -> None:
    data = {"moves": payload_of(swap)["moves"], **more}
    audit.record(verb, subject=swap.subject, by=by, now=now, clause=guards.clause_of(KIND, now), data=data)


def _tell(kind: str, swap: Swap, people: list[int], now: datetime, *, round: int = 0) -> None:
    notices.notify(
        kind if swap.sort == Swap.Sort.SHIFT else f"{kind}{NIGHT}",
        people,
        source="swap",
        source_id=swap.pk,
        step=TOLD.index(kind) + len(TOLD) * round,
        subject=swap.subject,
        now=now,
        clause=guards.clause_of(KIND, now),
        params={
            "asker": swap.asker.name,
            "colleague": swap.colleague.name,
            "day": swap.given.day.isoformat(),
        },
    )
