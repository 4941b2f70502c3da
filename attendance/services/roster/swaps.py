"""Two people swap shifts: one asks, the other agrees, the chain of "attendance.swap" approves, and it is applied
exactly as agreed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from attendance.models import Shift, Swap
from attendance.rules.shifts import DAY
from attendance.selectors.absence import away_in
from attendance.selectors.checks import Hole, beyond, holes
from attendance.selectors.fairness import if_moved
from attendance.selectors.returned import returned_run
from attendance.services.marking import mark_days
from attendance.services.roster import guards, laying
from office.approvals import api as approvals
from office.audit import api as audit
from office.errors import Conflict, Forbidden, NotFound, Refused
from office.notices import api as notices
from office.staff.models import Employee

if TYPE_CHECKING:
    from office.approvals.models import Run

KIND = "attendance.swap"
OPEN = (Swap.State.ASKED, Swap.State.AGREED)
TOLD = (
    "attendance.swap_asked",
    "attendance.swap_declined",
    "attendance.swap_withdrawn",
    "attendance.swap_done",
)


@transaction.atomic
def ask_swap(
    *, give_id: int, colleague_id: int, take_id: int | None, reason: str, by: Employee, now: datetime
) -> Swap:
    """The asker's shift for the colleague's (None: the colleague takes it over). Raises Invalid, NotFound, Conflict
    (`open`, `overlap`), Refused (`no_rest`, `away`)."""
    reason = guards.text(reason, path="reason", longest=300, missing=_("Please give the reason."))
    guards.hold_roster()
    give = _shift(give_id, by.pk, now)
    colleague = _colleague(colleague_id, by)
    take = _shift(take_id, colleague.pk, now) if take_id is not None else None
    if Swap.objects.filter(give=give, state__in=OPEN).exists():
        raise Conflict(_("A swap of this shift is being decided already."), code="open")
    made = Swap.objects.create(
        give=give, take=take, asker=by, colleague=colleague, reason=reason, asked_at=now
    )
    with transaction.atomic():
        _try(made, now)
    _record("attendance.ask_swap", made, by, now)
    _tell("attendance.swap_asked", made, [colleague.pk], now)
    return made


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
) -> Swap:
    """What the deciders gave back to the asker is changed by him and asked again: with another colleague, another shift
    of his own (`give_id`, None: the same one), for another one, or with other words. Whoever would give or take
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
    give = _shift(give_id or found.give_id, by.pk, now)
    if Swap.objects.filter(give=give, state__in=OPEN).exclude(pk=found.pk).exists():
        raise Conflict(_("A swap of this shift is being decided already."), code="open")
    colleague = _colleague(colleague_id, by)
    take = _shift(take_id, colleague.pk, now) if take_id is not None else None
    before, moves = found.colleague, payload_of(found)["moves"]
    found.give, found.colleague, found.take, found.reason = give, colleague, take, reason
    asked_anew = found.state == Swap.State.ASKED or payload_of(found)["moves"] != moves
    if asked_anew:
        found.state, found.answered_at = Swap.State.ASKED, None
    found.save(update_fields=["give", "colleague", "take", "reason", "state", "answered_at"])
    with transaction.atomic():
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


def _shift(pk: int, employee_id: int, now: datetime) -> Shift:
    """A published shift of the person that has not begun. Raises NotFound, Conflict."""
    found = (
        Shift.objects.select_for_update()
        .filter(pk=pk, employee_id=employee_id, published_at__isnull=False, removed_at=None)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such shift."))
    if found.starts_at <= now:
        raise Conflict(_("This shift has begun."), code="begun")
    return found


def _try(swap: Swap, now: datetime, days: Collection[date] = ()) -> list[Hole]:
    """Whether the swap is possible, by doing it and undoing it: what is not covered on the days then. Raises what
    `_exchange` raises."""
    point = transaction.savepoint()
    try:
        _exchange(swap, by=swap.asker, now=now)
        return _uncovered(days, now)
    finally:
        transaction.savepoint_rollback(point)


def _emptied(swap: Swap, now: datetime) -> list[Hole]:
    """What would no longer be covered: on the days of the shifts and on the day after, into which a night shift
    runs."""
    days = {shift.day + n * DAY for shift, _who in moves_of(swap) for n in (0, 1)}
    before = _uncovered(days, now)
    return beyond(_try(swap, now, days), before)


def _uncovered(days: Collection[date], now: datetime) -> list[Hole]:
    return [hole for day in sorted(days) for hole in holes(day, day, now, drafts=False)]


def _exchange(swap: Swap, *, by: Employee | None, now: datetime) -> list[Shift]:
    """Both shifts change hands. Raises Conflict (`moved`, `overlap`), Refused (`no_rest`, `away`)."""
    pairs = moves_of(swap)
    for shift, who in pairs:
        _require_there(shift, swap.colleague if who == swap.colleague_id else swap.asker, now)
    shifts = {
        each.pk: each for each in Shift.objects.select_for_update().filter(pk__in=[s.pk for s, _who in pairs])
    }
    for shift, _who in pairs:
        if shifts[shift.pk].removed_at is not None:
            raise Conflict(
                _("The roster has changed since: the shift of {day} is no more.").format(day=shift.day),
                code="moved",
            )
    laying.take_out([shifts[shift.pk] for shift, _who in pairs], by=by, now=now, reason=str(_("swap")))
    made = []
    for shift, who in pairs:
        new = laying.build(
            employee_id=who, day=shift.day, code=shift.code, origin=Shift.Origin.SWAP, by=by, now=now
        )
        new.published_at = now
        new.save()
        made.append(new)
    days = [shift.day for shift, _who in pairs]
    for day in days:
        laying.refuse_restless({swap.asker_id, swap.colleague_id}, day, day, now, drafts=False)
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
    _shift(found.give_id, found.asker_id, now)
    if found.take_id is not None:
        _shift(found.take_id, found.colleague_id, now)
    found.state = Swap.State.AGREED
    found.save(update_fields=["state", "answered_at"])
    _record("attendance.agree_swap", found, by, now)
    _hand_in(found, now)
    return found


def _hand_in(swap: Swap, now: datetime) -> None:
    """The agreed swap goes to the chain in the asker's name, as he asked; anew, when it came back to him."""
    again = returned_run(KIND, swap.subject, swap.asker)
    unfair = [each.as_json() for each in if_moved(moves_of(swap), now)]
    empty = [each.as_json() for each in _emptied(swap, now)]
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


def _require_there(shift: Shift, taker: Employee, now: datetime) -> None:
    """Raises Refused for somebody who is on leave in the shift, or has left by then. Which of the two is his own
    affair: whoever asks him to swap is not told."""
    spans = [(cast(datetime, span.lower), cast(datetime, span.upper)) for span in shift.spans]
    if away_in(taker.pk, spans):
        raise Refused(
            _("{name} is not here at the time of the shift of {day}.").format(name=taker.name, day=shift.day),
            code="away",
            clause=guards.clause_of(KIND, now),
        )


def moves_of(swap: Swap) -> list[tuple[Shift, int]]:
    """Each shift, and to whom it goes."""
    taken = [(swap.take, swap.asker_id)] if swap.take is not None else []
    return [(swap.give, swap.colleague_id), *taken]


def payload_of(swap: Swap) -> dict[str, Any]:
    """What the paper says: which shift of whom goes to whom."""
    rows = [(swap.give, swap.asker, swap.colleague)]
    if swap.take is not None:
        rows.append((swap.take, swap.colleague, swap.asker))
    return {
        "swap": swap.pk,
        "moves": [
            {
                "shift": shift.pk,
                "day": shift.day.isoformat(),
                "code": shift.code,
                "from": giver.pk,
                "from_name": giver.name,
                "to": taker.pk,
                "to_name": taker.name,
            }
            for shift, giver, taker in rows
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


def apply_swap(*, run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> list[Shift]:
    """What the run agreed to, inside its execution. A party to the swap does not approve it. Raises Conflict,
    Refused."""
    guards.hold_roster()
    found = Swap.objects.select_for_update().get(pk=payload["swap"])
    found = Swap.objects.select_related("give", "take", "asker", "colleague").get(pk=found.pk)
    if found.state != Swap.State.AGREED or payload_of(found)["moves"] != payload["moves"]:
        raise Conflict(_("The swap is no longer what was agreed."), code="moved")
    if by is not None and by.pk in (found.asker_id, found.colleague_id):
        raise Refused(_("Who swaps does not approve it himself."), code="party", clause=run.clause)
    if any(shift.starts_at <= now for shift in (found.give, found.take) if shift is not None):
        raise Conflict(_("This shift has begun."), code="begun")
    made = _exchange(found, by=by, now=now)
    mark_days(
        days=[(who, shift.day) for shift in made for who in (found.asker_id, found.colleague_id)], now=now
    )
    found.state, found.ended_at = Swap.State.DONE, now
    found.save(update_fields=["state", "ended_at"])
    _record("attendance.apply_swap", found, by, now, run=run.pk)
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
        .select_related("give", "take", "asker", "colleague")
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
        kind,
        people,
        source="swap",
        source_id=swap.pk,
        step=TOLD.index(kind) + len(TOLD) * round,
        subject=swap.subject,
        now=now,
        clause=guards.clause_of(KIND, now),
        params={"asker": swap.asker.name, "colleague": swap.colleague.name, "day": swap.give.day.isoformat()},
    )
