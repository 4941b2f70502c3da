"""Counting: tasks per category, the figures that people enter, and what follows from them (J6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, Min, OuterRef
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, Reason, Sku, StockCount, StockCountLine, StockMovement
from catalog.models.stock import VARIANCE_REASONS
from catalog.rules.stock import Counted, Limits
from catalog.services.checks import Problems, lock_skus
from catalog.services.stock.writing import (
    COUNT,
    MOST,
    Move,
    Source,
    balances,
    entered_alone,
    limits,
    require,
    write_moves,
)
from catalog.subjects import count_subject
from office.approvals import api as approvals
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, NotFound
from office.rulebook import api as rulebook

if TYPE_CHECKING:
    from office.staff.models import Employee

SCHEDULE, DONE, BLIND = "catalog.stock_count", "catalog.stock_count_done", "catalog.count_blind"
VARIANCE = "catalog.stock_variance"
VERBS = {
    "catalog.count_opened": _("Stock count opened"),
    "catalog.count_missed": _("Stock count missed"),
    "catalog.count_entered": _("Counted figures entered"),
    "catalog.count_handed_in": _("Stock count handed in"),
    "catalog.stock_counted": _("Stock set to what was counted"),
}
NOT_ENTERED = _("Nothing was entered. Please look at the marked lines.")
NOT_HANDED_IN = _("The count was not handed in. Please look at the marked lines.")


@dataclass(frozen=True, slots=True)
class Entry:
    """A figure for one SKU. `reason` is a value of Reason or ""."""

    sku_id: int
    counted: int
    reason: str = ""
    note: str = ""


def open_due_counts(*, now: datetime) -> list[StockCount]:
    """The newest instant of the schedule that has come: a task for every category with active SKUs, each with its
    deadline. A count of the same category that is still open is missed. Called every few minutes; safe by many at
    once. Nothing where the book in force has no such schedule."""
    if not rulebook.has_rule(SCHEDULE, now):
        return []
    rule = rulebook.schedule_rule(SCHEDULE, at=now)
    scheduled_at = rulebook.latest_run(rule, now)
    opened = []
    for category in _categories_with_goods(scheduled_at):
        with transaction.atomic():
            Category.objects.select_for_update(no_key=True).get(pk=category.pk)
            if StockCount.objects.filter(category=category, scheduled_at=scheduled_at).exists():
                continue
            _miss(category, now)
            opened.append(_open(category, scheduled_at, None, rule.clause, now))
    return opened


@transaction.atomic
def open_count(*, category_id: int, by: Employee, now: datetime) -> StockCount:
    """A count besides the schedule. Raises Forbidden, NotFound, Conflict (`open`, `no_goods`)."""
    require(by, COUNT, now)
    category = Category.objects.select_for_update(no_key=True).filter(pk=category_id, active=True).first()
    if category is None:
        raise NotFound(_("There is no such category."))
    running = StockCount.objects.filter(category=category, state=StockCount.State.OPEN).first()
    if running is not None:
        raise Conflict(_("This category is being counted already."), code="open", count=running.pk)
    if not goods_of(category.pk).exists():
        raise Conflict(_("This category has no goods to count."), code="no_goods")
    return _open(category, None, by, rulebook.permission_rule(COUNT, at=now).clause, now)


@transaction.atomic
def enter_counts(*, count_id: int, entries: Sequence[Entry], by: Employee, now: datetime) -> StockCount:
    """Keep figures, as often as wanted until the count is handed in. A figure that changes is compared with the stock
    of now; one that stays keeps its instant. Raises Forbidden, NotFound, Conflict (`ended`), Invalid."""
    require(by, COUNT, now)
    count = _lock(count_id)
    _checked(entries, goods_of(count.category_id).in_bulk())
    _keep(count, entries, by, now)
    audit.record(
        "catalog.count_entered",
        subject=count_subject(count),
        by=by,
        now=now,
        clause=count.clause,
        data={"lines": len(entries)},
    )
    return count


@transaction.atomic
def hand_in_count(
    *, count_id: int, by: Employee, now: datetime, entries: Sequence[Entry] = (), comment: str = ""
) -> tuple[StockCount, approvals.Run | None]:
    """The count is done: what differs within the limits moves the stock at once, the rest is asked for (one request,
    a row each) and moves it when it is agreed to. Answers the request, if there is one.

    Raises Forbidden, NotFound, Conflict (`ended`), Invalid (figures or reasons are missing), and what
    `approvals.submit` refuses; then nothing has changed.
    """
    require(by, COUNT, now)
    count = _lock(count_id)
    goods = goods_of(count.category_id).in_bulk()
    if entries:
        _checked(entries, goods)
        _keep(count, entries, by, now)
    lines = list(count.lines.select_related("sku").order_by("sku__code"))
    skus = lock_skus({*(line.sku_id for line in lines), *goods})
    judged = _judge(lines, skus, now)
    _require_whole(goods, lines, judged)
    _settle_lines(lines, judged, limits(now))
    count.state, count.handed_in_at, count.handed_in_by = StockCount.State.DONE, now, by
    count.save(update_fields=["state", "handed_in_at", "handed_in_by"])
    differing = [line for line in lines if line.variance]
    audit.record(
        "catalog.count_handed_in",
        subject=count_subject(count),
        by=by,
        now=now,
        clause=count.clause,
        data={
            "lines": len(lines),
            "differing": len(differing),
            "beyond": sum(line.beyond for line in differing),
        },
    )
    deadlines.meet(DONE, subject=count_subject(count), at=now)
    moves = [_move(line) for line in differing if not line.beyond]
    if moves:
        write_moves(moves=_with_openings(moves), skus=skus, verb="catalog.stock_counted", by=by, now=now)
    beyond = [line for line in differing if line.beyond]
    if not beyond:
        return count, None
    return count, approvals.submit(
        kind=VARIANCE,
        subject=count_subject(count),
        payload=variance_payload(count, beyond, {each: judged[each].alone for each in judged}),
        by=by,
        now=now,
        comment=comment,
    )


def ask_again(*, run_id: int, by: Employee, now: datetime, comment: str) -> approvals.Run:
    """The request came back: the same figures once more, with a word. Raises what `approvals.resubmit` refuses."""
    run = approvals.Run.objects.filter(pk=run_id, kind=VARIANCE).first()
    count = StockCount.objects.filter(pk=int(run.subject_id)).first() if run else None
    if run is None or count is None:
        raise NotFound(_("There is no such request."))
    before = {row["sku"]: row.get("before", 0) for row in run.payload["rows"]}
    payload = variance_payload(count, list(count.lines.filter(beyond=True).select_related("sku")), before)
    return approvals.resubmit(run_id=run.pk, payload=payload, by=by, now=now, comment=comment)


def apply_variance(
    run: approvals.Run, payload: Mapping[str, Any], by: Employee | None, now: datetime
) -> None:
    """Everybody agreed: the agreed rows move the stock."""
    lines = {
        line.sku_id: line
        for line in StockCountLine.objects.filter(count_id=payload["count"]).select_related("sku")
    }
    skus = lock_skus(row["sku"] for row in payload["rows"])
    moves = [_move(lines[row["sku"]], run_id=run.pk) for row in payload["rows"]]
    write_moves(moves=_with_openings(moves), skus=skus, verb="catalog.stock_counted", by=by, now=now)


def variance_payload(
    count: StockCount, lines: Iterable[StockCountLine], before: Mapping[int, int]
) -> dict[str, Any]:
    """What is asked for: which SKUs change by how much, and why; `before`: what was entered of each without an
    agreement lately."""
    return {
        "count": count.pk,
        "rows": [
            {
                "sku": line.sku_id,
                "code": line.sku.code,
                "book": line.book,
                "counted": line.counted,
                "change": line.variance,
                "before": before.get(line.sku_id, 0),
                "reason": line.reason,
                "note": line.note,
            }
            for line in lines
        ],
    }


def goods_of(category_id: int) -> Any:
    """The SKUs that a count of the category looks at: those on sale or to be, and those with stock left."""
    active = Sku.objects.filter(product__category_id=category_id, active=True)
    left = Sku.objects.filter(product__category_id=category_id, active=False).exclude(balance=None)
    return active | left.exclude(balance__quantity=0)


def _categories_with_goods(since: datetime) -> list[Category]:
    goods = Sku.objects.filter(product__category=OuterRef("pk"), active=True)
    counted = StockCount.objects.filter(category=OuterRef("pk"), scheduled_at=since)
    return list(Category.objects.filter(Exists(goods), ~Exists(counted), active=True).order_by("pk"))


def _open(
    category: Category, scheduled_at: datetime | None, by: Employee | None, clause: str, now: datetime
) -> StockCount:
    try:
        with transaction.atomic():
            count = StockCount.objects.create(
                category=category,
                scheduled_at=scheduled_at,
                opened_at=now,
                opened_by=by,
                blind=rulebook.parameter_rule(BLIND, at=now).flag(),
                clause=clause,
            )
    except IntegrityError as error:
        raise Conflict(_("This category is being counted already."), code="open") from error
    audit.record("catalog.count_opened", subject=count_subject(count), by=by, now=now, clause=clause)
    if rulebook.has_rule(DONE, scheduled_at or now):
        deadlines.open(DONE, subject=count_subject(count), started_at=scheduled_at or now, now=now)
    return count


def _miss(category: Category, now: datetime) -> None:
    old = (
        StockCount.objects.select_for_update().filter(category=category, state=StockCount.State.OPEN).first()
    )
    if old is None:
        return
    old.state = StockCount.State.MISSED
    old.save(update_fields=["state"])
    audit.record("catalog.count_missed", subject=count_subject(old), by=None, now=now, clause=old.clause)
    deadlines.cancel(DONE, subject=count_subject(old), at=now)


def _lock(count_id: int) -> StockCount:
    count = (
        StockCount.objects.select_for_update(of=["self"])
        .select_related("category")
        .filter(pk=count_id)
        .first()
    )
    if count is None:
        raise NotFound(_("There is no such stock count."))
    if count.state == StockCount.State.MISSED:
        raise Conflict(
            _("The next count of this category has begun; please enter the figures there."), code="ended"
        )
    if count.state != StockCount.State.OPEN:
        raise Conflict(
            _("{name} has handed this count in.").format(
                name=count.handed_in_by.name if count.handed_in_by else ""
            ),
            code="ended",
        )
    return count


def _checked(entries: Sequence[Entry], goods: Mapping[int, Sku]) -> None:
    wrong = Problems()
    allowed = {"", *(str(reason.value) for reason in VARIANCE_REASONS)}
    for entry in entries:
        if entry.sku_id not in goods:
            wrong.add(f"{entry.sku_id}", "unknown", _("This SKU does not belong to the count."))
        if not 0 <= entry.counted <= MOST:
            wrong.add(f"{entry.sku_id}", "pieces", _("Pieces are a whole number, zero or more."))
        if entry.reason not in allowed:
            wrong.add(f"{entry.sku_id}", "reason", _("Please choose the reason."))
        wrong.text(f"{entry.sku_id}", entry.note, 200, required=False)
    wrong.raise_if_any(NOT_ENTERED)


def _keep(count: StockCount, entries: Sequence[Entry], by: Employee, now: datetime) -> None:
    known = {line.sku_id: line for line in count.lines.all()}
    book = balances(entry.sku_id for entry in entries)
    fresh, changed = [], []
    for entry in entries:
        line = known.get(entry.sku_id)
        if line is None:
            line = StockCountLine(count=count, sku_id=entry.sku_id)
            fresh.append(line)
        else:
            changed.append(line)
        if line.pk is None or line.counted != entry.counted:
            line.counted, line.book = entry.counted, book[entry.sku_id]
            line.entered_at, line.entered_by = now, by
        line.reason, line.note = entry.reason, entry.note.strip()
    StockCountLine.objects.bulk_create(fresh)
    StockCountLine.objects.bulk_update(
        changed, ["counted", "book", "entered_at", "entered_by", "reason", "note"]
    )


def _judge(lines: Sequence[StockCountLine], skus: Iterable[Sku], now: datetime) -> dict[int, Counted]:
    first = dict(
        StockMovement.objects.filter(sku_id__in=[line.sku_id for line in lines])
        .values_list("sku_id")
        .annotate(first=Min("at"))
    )
    costs = {sku.pk: sku.cost for sku in skus}
    alone = entered_alone([line.sku_id for line in lines], now)
    return {
        line.sku_id: Counted(
            line.sku_id,
            line.counted,
            line.book,
            moved=line.sku_id in first and first[line.sku_id] <= line.entered_at,
            cost=costs[line.sku_id],
            reason=line.reason,
            alone=alone.get(line.sku_id, 0),
        )
        for line in lines
    }


def _require_whole(
    goods: Mapping[int, Sku], lines: Sequence[StockCountLine], judged: Mapping[int, Counted]
) -> None:
    wrong = Problems()
    counted = {line.sku_id for line in lines}
    for sku_id, sku in goods.items():
        if sku_id not in counted:
            wrong.add(str(sku_id), "missing", _("Not counted yet: {sku}.").format(sku=sku.label))
    for line in lines:
        if not judged[line.sku_id].needs_reason:
            continue
        path, name = str(line.sku_id), line.sku.label
        if not line.reason:
            wrong.add(path, "reason", _("{sku} differs: please choose the reason.").format(sku=name))
        elif line.reason == Reason.OTHER and not line.note:
            wrong.add(path, "note", _("{sku}: please say in the note what happened.").format(sku=name))
    wrong.raise_if_any(NOT_HANDED_IN)


def _settle_lines(lines: Sequence[StockCountLine], judged: Mapping[int, Counted], bounds: Limits) -> None:
    """What the line says for good: over the limit or not, and that a first count is one."""
    for line in lines:
        judgement = judged[line.sku_id]
        line.beyond = judgement.beyond(bounds)
        if not line.variance:
            line.reason, line.note = "", ""
        elif judgement.opens:
            line.reason = Reason.FIRST_COUNT
    StockCountLine.objects.bulk_update(lines, ["beyond", "reason", "note"])


def _move(line: StockCountLine, run_id: int | None = None) -> Move:
    return Move(
        line.sku_id,
        Source.COUNT,
        line.variance,
        reason=line.reason,
        note=line.note,
        count_id=line.count_id,
        run_id=run_id,
    )


def _with_openings(moves: Sequence[Move]) -> list[Move]:
    """A SKU whose very first movement this is, is opened by it."""
    ids = [move.sku_id for move in moves]
    moved = set(StockMovement.objects.filter(sku_id__in=ids).values_list("sku_id", flat=True))
    return [move if move.sku_id in moved else replace(move, source=Source.OPENING) for move in moves]
