"""The market: what competitors ask, gathered; and the week's summary for the superior (J6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from catalog.models import CompetitorPrice, MarketSummary, Sku
from catalog.rules.market_file import BadRow, MarketFile
from catalog.services.checks import Problems
from catalog.services.stock.writing import require
from catalog.subjects import sku_subject, summary_subject
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from office.notices import api as notices
from office.outbound import NotAllowed
from office.outbound.hosts import read_url
from office.rulebook import api as rulebook
from office.staff import api as staff
from office.subjects import Subject

if TYPE_CHECKING:
    from office.staff.models import Employee

MARKET, SCHEDULE, DONE = "catalog.market", "catalog.market_summary", "catalog.market_summary_done"
OLDEST = timedelta(days=366)
TEXT = 4_000
VERBS = {
    "catalog.market_seen": _("Competitor’s price noted"),
    "catalog.market_imported": _("Competitors’ prices read from a file"),
    "catalog.summary_opened": _("Market summary opened"),
    "catalog.summary_handed_in": _("Market summary handed to the superior"),
    "catalog.summary_read": _("Market summary acknowledged"),
}
NOT_SAVED = _("It was not saved. Please look at the marked fields.")
State, Source = MarketSummary.State, CompetitorPrice.Source


@dataclass(frozen=True, slots=True)
class SeenPrice:
    """What a competitor asked for a SKU on a day, in CNY."""

    sku_id: int
    competitor: str
    price: Decimal
    on: date
    url: str = ""


@transaction.atomic
def note_price(*, sku_code: str, seen: SeenPrice, by: Employee, now: datetime) -> CompetitorPrice:
    """One price by hand; `seen.sku_id` is found by the code. What is noted already stays as it is. Raises Forbidden,
    Invalid."""
    require(by, MARKET, now)
    wrong = Problems()
    sku = Sku.objects.filter(code=sku_code.strip()).first()
    competitor = wrong.text("competitor", seen.competitor, 80)
    wrong.amount("price", seen.price)
    _check_day(wrong, seen.on, now)
    _check_url(wrong, seen.url.strip())
    if sku is None:
        wrong.add("sku_code", "unknown", _("The catalog has no such style number."))
        raise Invalid(NOT_SAVED, errors=wrong.errors)
    wrong.raise_if_any(NOT_SAVED)
    row, made = CompetitorPrice.objects.get_or_create(
        sku=sku,
        competitor=competitor,
        seen_on=seen.on,
        price=seen.price,
        defaults={"url": seen.url.strip(), "source": Source.HAND, "at": now, "by": by},
    )
    if made:
        audit.record(
            "catalog.market_seen",
            subject=sku_subject(sku),
            by=by,
            now=now,
            clause=rulebook.permission_rule(MARKET, at=now).clause,
            data={"competitor": competitor, "price": str(seen.price), "on": seen.on.isoformat()},
        )
    return row


@transaction.atomic
def import_prices(
    *, filename: str, content: MarketFile, by: Employee, now: datetime
) -> tuple[int, list[BadRow]]:
    """Take what fits of a file; answers how many prices are new, and the refused rows whole. Raises Forbidden, Invalid
    (`unknown_header`)."""
    require(by, MARKET, now)
    if content.header is None:
        raise Invalid(
            _(
                "No row names the columns. The file needs “款号”, “竞品” and “价格”; “日期” and “链接” may follow."
            ),
            code="unknown_header",
        )
    skus = {sku.code: sku for sku in Sku.objects.filter(code__in={row.code for row in content.rows})}
    bad = list(content.bad)
    rows = []
    for row in content.rows:
        wrong = Problems()
        wrong.amount("price", row.price)
        _check_day(wrong, row.on, now)
        _check_url(wrong, row.url)
        if row.code not in skus:
            bad.append(BadRow(row.row, row.cells, gettext_noop("The catalog has no such style number.")))
        elif wrong.errors:
            bad.append(
                BadRow(row.row, row.cells, gettext_noop("The price, the day or the link cannot be right."))
            )
        else:
            rows.append(SeenPrice(skus[row.code].pk, row.competitor, row.price, row.on, row.url))
    made = keep_seen(rows, source=Source.FILE, by=by, now=now)
    audit.record(
        "catalog.market_imported",
        subject=Subject("market", "file", filename[-100:]),
        by=by,
        now=now,
        clause=rulebook.permission_rule(MARKET, at=now).clause,
        data={"new": made, "refused": len(bad)},
    )
    return made, sorted(bad, key=lambda each: each.row)


def keep_seen(rows: Iterable[SeenPrice], *, source: str, by: Employee, now: datetime) -> int:
    """Add what is not noted yet, in the caller's transaction; answers how many. The evidence of a price that is asked
    for comes this way too."""
    before = CompetitorPrice.objects.count()
    CompetitorPrice.objects.bulk_create(
        [
            CompetitorPrice(
                sku_id=row.sku_id,
                competitor=row.competitor[:80],
                price=row.price,
                seen_on=row.on,
                url=row.url[:500],
                source=source,
                at=now,
                by=by,
            )
            for row in rows
        ],
        ignore_conflicts=True,
    )
    return CompetitorPrice.objects.count() - before


def open_due_summary(*, now: datetime) -> MarketSummary | None:
    """The week that runs now: its summary is due when it ends. Called every few minutes; safe by many at once; None
    when it is open already or the book in force has no such schedule."""
    if not rulebook.has_rule(SCHEDULE, now):
        return None
    rule = rulebook.schedule_rule(SCHEDULE, at=now)
    starts_at = rulebook.latest_run(rule, now)
    with transaction.atomic():
        summary, made = MarketSummary.objects.get_or_create(
            ends_at=rulebook.next_run(rule, now),
            defaults={"starts_at": starts_at, "clause": rule.clause},
        )
        if not made:
            return None
        audit.record(
            "catalog.summary_opened", subject=summary_subject(summary), by=None, now=now, clause=rule.clause
        )
        if rulebook.has_rule(DONE, starts_at):
            deadlines.open(DONE, subject=summary_subject(summary), started_at=starts_at, now=now)
    return summary


@transaction.atomic
def hand_in_summary(*, summary_id: int, text: str, by: Employee, now: datetime) -> MarketSummary:
    """Summed up, and handed to the superior of whoever writes it, who is told. Raises Forbidden, NotFound, Conflict
    (`handed_in`), Invalid, Refused (`no_superior`)."""
    require(by, MARKET, now)
    summary = _lock(summary_id)
    if summary.state != State.OPEN:
        raise Conflict(
            _("{name} has handed this summary in.").format(name=summary.by.name if summary.by else ""),
            code="handed_in",
        )
    wrong = Problems()
    kept = text.replace("\r\n", "\n").strip()
    if len(kept) < 10:
        wrong.add("text", "required", _("Please sum the week up in a few sentences."))
    elif len(kept) > TEXT:
        wrong.add("text", "too_long", _("At most {count} characters.").format(count=TEXT))
    wrong.raise_if_any(NOT_SAVED)
    readers = _superior_posts(by, now)
    told = staff.holder_ids(readers, now) - {by.pk}
    if not told:
        raise Refused(
            _("Nobody holds the post above yours; the summary has no reader."),
            code="no_superior",
            clause=summary.clause,
        )
    summary.state, summary.text, summary.by = State.DONE, kept, by
    summary.handed_in_at, summary.readers = now, readers
    summary.save(update_fields=["state", "text", "by", "handed_in_at", "readers"])
    deadlines.meet(DONE, subject=summary_subject(summary), at=now)
    audit.record(
        "catalog.summary_handed_in",
        subject=summary_subject(summary),
        by=by,
        now=now,
        clause=summary.clause,
        data={"to": readers, "prices": prices_in(summary).count()},
    )
    notices.notify(
        "catalog.summary_handed_in",
        told,
        source="summary",
        source_id=summary.pk,
        subject=summary_subject(summary),
        now=now,
        clause=summary.clause,
        params={"by": by.name},
    )
    return summary


@transaction.atomic
def acknowledge_summary(*, summary_id: int, answer: str, by: Employee, now: datetime) -> MarketSummary:
    """The superior has read it. Raises NotFound, Forbidden (not the superior, or the writer himself), Conflict
    (`read`, `open`), Invalid."""
    summary = _lock(summary_id)
    if summary.state == State.OPEN or summary.by_id is None:
        raise Conflict(_("This summary has not been handed in yet."), code="open")
    if by.pk == summary.by_id or not set(summary.readers) & staff.positions_of(by, now):
        raise Forbidden(_("The superior of whoever wrote it acknowledges it."), clause=summary.clause)
    if summary.state == State.READ:
        raise Conflict(
            _("{name} has acknowledged it already.").format(
                name=summary.read_by.name if summary.read_by else ""
            ),
            code="read",
        )
    wrong = Problems()
    kept = wrong.text("answer", answer, 500, required=False)
    wrong.raise_if_any(NOT_SAVED)
    summary.state, summary.read_by, summary.read_at, summary.answer = State.READ, by, now, kept
    summary.save(update_fields=["state", "read_by", "read_at", "answer"])
    audit.record(
        "catalog.summary_read",
        subject=summary_subject(summary),
        by=by,
        now=now,
        clause=summary.clause,
        data={"answer": kept},
    )
    notices.notify(
        "catalog.summary_read",
        [summary.by_id],
        source="summary",
        source_id=summary.pk,
        subject=summary_subject(summary),
        now=now,
        clause=summary.clause,
        params={"by": by.name},
    )
    return summary


def prices_in(summary: MarketSummary) -> QuerySet[CompetitorPrice]:
    """The competitors' prices of its week, by day seen."""
    first, last = timezone.localdate(summary.starts_at), timezone.localdate(summary.ends_at)
    return CompetitorPrice.objects.filter(seen_on__gte=first, seen_on__lte=last)


def _superior_posts(by: Employee, now: datetime) -> list[str]:
    """The posts above those of the writer that let him write it."""
    held = staff.positions_of(by, now) & rulebook.positions_with(MARKET, now)
    above = {rulebook.superior_of(post, now) for post in held}
    return sorted(post for post in above if post)


def _lock(summary_id: int) -> MarketSummary:
    summary = MarketSummary.objects.select_for_update().filter(pk=summary_id).first()
    if summary is None:
        raise NotFound(_("There is no such market summary."))
    return summary


def _check_day(wrong: Problems, on: date, now: datetime) -> None:
    today = timezone.localdate(now)
    if not today - OLDEST <= on <= today:
        wrong.add("on", "day", _("A day of the last twelve months, please."))


def _check_url(wrong: Problems, url: str) -> None:
    if not url:
        return
    try:
        read_url(url)
    except NotAllowed as refused:
        wrong.add("url", "address", refused.message)
    if len(url) > 500:
        wrong.add("url", "too_long", _("At most {count} characters.").format(count=500))
