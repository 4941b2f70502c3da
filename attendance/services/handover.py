"""Handing over (移交, S4c): what the leaving person holds, who is to take it, his yes, and the thing itself."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from attendance import holdings
from attendance.holdings import Leaver, Transfer
from attendance.models import HandOverItem, Leaving
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, NotFound
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.allowed import require, words, wrong
from office.staff.models import Employee

DEADLINE = "attendance.handover"
SEE = "attendance.leavings"
State = HandOverItem.State
PENDING = (State.OPEN, State.OFFERED)


def open_clock(leaving: Leaving, now: datetime) -> None:
    """The week of the clause; only who resigns, and works on meanwhile, has until the last day where that is later.
    Met when nothing is open; what comes up after that gets a clock of its own."""
    rule = rulebook.deadline_rule(DEADLINE, at=now)
    usual = rulebook.due_at(rulebook.book(now), rule, now)
    longer = leaving.reason == Leaving.Reason.RESIGNATION and leaving.access_ends_at > usual
    deadlines.open(
        DEADLINE,
        subject=leaving.subject,
        started_at=now,
        now=now,
        holder_id=leaving.employee_id,
        targets={"holder": "holder|department_manager"},
        within=leaving.access_ends_at - now if longer else None,
    )
    _settle_clock(leaving, now)


@transaction.atomic
def draw(*, leaving_id: int, by: Employee | None, now: datetime) -> int:
    """Lists what the person holds now; what he no longer holds is settled. Answers how many new things came up."""
    leaving = _lock_leaving(leaving_id)
    if leaving.state == Leaving.State.CALLED_OFF:
        return 0
    leaver = Leaver(leaving.employee, leaving.access_ends_at)
    known = {(item.provider, item.key): item for item in leaving.items.select_for_update().order_by("pk")}
    fresh: list[HandOverItem] = []
    held: set[tuple[str, str]] = set()
    for provider in holdings.providers():
        for thing in provider.held(leaver, now):
            key = (provider.code, thing.key[:40])
            if key in held:
                continue
            held.add(key)
            if key not in known:
                fresh.append(
                    HandOverItem(
                        leaving=leaving, provider=key[0], key=key[1], label=thing.label[:200], url=thing.url[:200],
                        found_at=now, state=State.GONE if provider.by_itself else State.OPEN,
                        closed_at=now if provider.by_itself else None,
                    )
                )  # fmt: skip
    HandOverItem.objects.bulk_create(fresh)
    left = leaving.state == Leaving.State.LEFT
    gone = [
        item.pk
        for key, item in known.items()
        if key not in held and item.state in PENDING and _settles(item.provider, left)
    ]
    HandOverItem.objects.filter(pk__in=gone).update(state=State.GONE, closed_at=now)
    if fresh or gone:
        audit.record(
            "attendance.draw_handover",
            subject=leaving.subject,
            by=by,
            now=now,
            clause=leaving.clause,
            data={"new": len(fresh), "settled": len(gone)},
        )
        _settle_clock(leaving, now)
    return len(fresh)


@transaction.atomic
def name_successor(
    *, leaving_id: int, item_ids: Collection[int], to: Employee, by: Employee, now: datetime
) -> int:
    """Somebody is named to take things over; he is asked. By who sees to leavings, or the leaving person himself.

    Raises Forbidden, NotFound, Invalid (`items`, `to`), Conflict (`state`), and what the thing's desk refuses.
    """
    leaving = _lock_leaving(leaving_id)
    if by.pk != leaving.employee_id:
        require(by, SEE, now)
    items = list(leaving.items.select_for_update().filter(pk__in=set(item_ids)).order_by("pk"))
    if not items or len(items) != len(set(item_ids)):
        raise wrong("items", _("Choose what is to be handed over."), clause=leaving.clause)
    _fit(to, leaving)
    for item in items:
        if item.state not in PENDING:
            raise Conflict(
                _("{what} is settled already: {state}.").format(
                    what=item.label, state=item.get_state_display()
                ),
                code="state",
            )
        provider = holdings.find(item.provider)
        if provider is not None and provider.check is not None:
            provider.check(Transfer(key=item.key, leaver=leaving.employee, to=to, by=by, now=now))
        item.state, item.successor, item.named_by, item.named_at = State.OFFERED, to, by, now
        item.refused_words = ""
        item.save(update_fields=["state", "successor", "named_by", "named_at", "refused_words"])
    entry = audit.record(
        "attendance.name_successor",
        subject=leaving.subject,
        by=by,
        now=now,
        clause=leaving.clause,
        data={"to": to.name, "items": [item.label for item in items][:20], "count": len(items)},
    )
    if to.pk != by.pk:
        notices.notify(
            "attendance.handover_asked",
            [to.pk],
            source="handover",
            source_id=entry,
            subject=leaving.subject,
            now=now,
            clause=leaving.clause,
            params={"name": leaving.employee.name, "by": by.name, "count": len(items)},
            urgent=True,
        )
    return len(items)


@transaction.atomic
def take_over(*, item_id: int, by: Employee, now: datetime) -> HandOverItem:
    """The successor says yes: the thing goes to him by its own verb where it has one, else his yes is kept.

    Raises NotFound (not his), Conflict (`state`), and what the thing's own verb refuses.
    """
    item = _offered(item_id, by)
    leaving = item.leaving
    provider = holdings.find(item.provider)
    # Who named the successor answers for the act; the successor's yes is the entry below.
    if provider is not None and provider.move is not None and item.named_by is not None:
        item.moved = provider.move(
            Transfer(key=item.key, leaver=leaving.employee, to=by, by=item.named_by, now=now)
        )
    item.state, item.closed_at = State.TAKEN, now
    item.save(update_fields=["state", "closed_at", "moved"])
    audit.record(
        "attendance.take_over",
        subject=leaving.subject,
        by=by,
        now=now,
        clause=leaving.clause,
        data={"what": item.label, "moved": item.moved},
    )
    _settle_clock(leaving, now)
    return item


@transaction.atomic
def refuse_item(*, item_id: int, reason: str, by: Employee, now: datetime) -> HandOverItem:
    """The successor says no; somebody else must be named, and who named him is told. Raises NotFound, Conflict,
    Invalid."""
    said = words(reason, path="reason", longest=300, missing=_("Please give the reason."))
    item = _offered(item_id, by)
    namer = item.named_by_id
    item.state, item.successor, item.named_by, item.named_at = State.OPEN, None, None, None
    item.refused_words = f"{by.name}: {said}"[:300]
    item.save(update_fields=["state", "successor", "named_by", "named_at", "refused_words"])
    entry = audit.record(
        "attendance.refuse_handover",
        subject=item.leaving.subject,
        by=by,
        now=now,
        clause=item.leaving.clause,
        data={"what": item.label, "reason": said},
    )
    notices.notify(
        "attendance.handover_refused",
        [each for each in (namer,) if each and each != by.pk],
        source="handover",
        source_id=entry,
        subject=item.leaving.subject,
        now=now,
        clause=item.leaving.clause,
        params={"by": by.name, "what": item.label},
    )
    return item


def _settles(provider: str, left: bool) -> bool:
    """Whether a thing that is no longer held counts as settled: not when its desk is gone, and what is handed over by
    word not once the person has left, since his posts then end by themselves and nobody has taken anything."""
    found = holdings.find(provider)
    return found is not None and not (left and found.move is None)


def open_count(leaving: Leaving) -> int:
    return leaving.items.filter(state__in=PENDING).count()


def close_all(leaving: Leaving, now: datetime) -> None:
    """The person stays: nothing is asked of anybody any more."""
    leaving.items.filter(state__in=PENDING).update(state=State.GONE, closed_at=now)
    deadlines.cancel(DEADLINE, subject=leaving.subject, at=now)


def _settle_clock(leaving: Leaving, now: datetime) -> None:
    if open_count(leaving) == 0:
        deadlines.meet(DEADLINE, subject=leaving.subject, at=now)
    elif (
        leaving.items.filter(closed_at__isnull=False).exists()
        and deadlines.running(leaving.subject, DEADLINE) is None
    ):
        open_clock(leaving, now)


def _fit(to: Employee, leaving: Leaving) -> None:
    if to.pk == leaving.employee_id:
        raise wrong("to", _("Who leaves cannot take over his own things."), clause=leaving.clause)
    if not to.is_active:
        raise wrong("to", _("{name} may no longer sign in.").format(name=to.name), clause=leaving.clause)
    if Leaving.objects.filter(employee=to, state=Leaving.State.RUNNING).exists():
        raise wrong("to", _("{name} is on the way out too.").format(name=to.name), clause=leaving.clause)


def _offered(item_id: int, by: Employee) -> HandOverItem:
    """The item, locked behind its leaving, for the person who is asked."""
    found = HandOverItem.objects.filter(pk=item_id, successor=by).first()
    if found is None:
        raise NotFound(_("Nobody asks you to take this over."))
    leaving = _lock_leaving(found.leaving_id)
    item = HandOverItem.objects.select_for_update(of=("self",)).select_related("named_by").get(pk=item_id)
    item.leaving = leaving
    if item.state != State.OFFERED or item.successor_id != by.pk:
        raise Conflict(
            _("{what} is settled already: {state}.").format(what=item.label, state=item.get_state_display()),
            code="state",
        )
    return item


def _lock_leaving(leaving_id: int) -> Leaving:
    found = (
        Leaving.objects.select_for_update(of=("self",))
        .select_related("employee")
        .filter(pk=leaving_id)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such leaving."))
    return found
