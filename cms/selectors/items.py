"""Content for the desk's pages: the list, one item, what goes live when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from cms.models import Column, Ending, Item, Publication, Version
from cms.rules import content
from cms.searching import grams
from cms.selectors import access, live
from office.approvals.models import Run
from office.errors import NotFound
from office.rulebook.selectors import permissions_of
from office.staff.models import Employee

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PAGE = 50

#: The states of the list's filter, in the order in which content goes through them.
STATES: tuple[tuple[str, StrOrPromise], ...] = (
    ("draft", _("Being written")),
    ("waiting", _("Waiting for agreement")),
    ("returned", _("Returned to the writer")),
    ("agreed", _("Agreed, to be published")),
    ("ending", _("To come off: waiting for agreement")),
    ("end_returned", _("To come off: returned")),
    ("end_agreed", _("To come off: agreed")),
    ("scheduled", _("Goes live later")),
    ("live", _("On the site")),
    ("over", _("No longer on the site")),
    ("hidden", _("Taken down")),
)
NAMES = dict(STATES)
TONES = {
    "draft": "stop",
    "waiting": "wait",
    "returned": "wait",
    "agreed": "active",
    "ending": "wait",
    "end_returned": "wait",
    "end_agreed": "active",
    "scheduled": "active",
    "live": "done",
    "over": "stop",
    "hidden": "stop",
}


@dataclass(frozen=True, slots=True)
class State:
    """One word of where content stands."""

    code: str

    @property
    def label(self) -> StrOrPromise:
        return NAMES[self.code]

    @property
    def tone(self) -> str:
        return TONES[self.code]


#: {state of a request to go live, or to come off: of the list}.
WORK = {"running": "waiting", "returned": "returned", "agreed": "agreed"}
ENDS = {"running": "ending", "returned": "end_returned", "agreed": "end_agreed"}


def site_state(
    *,
    hidden: datetime | None,
    starts: datetime | None,
    ends: datetime | None,
    ended: datetime | None,
    now: datetime,
) -> str:
    """Of the newest publication that counts at the instant; "" for what was never published."""
    if hidden is not None and hidden <= now:
        return "hidden"
    if starts is None:
        return ""
    if ended is not None and ended <= now:
        return "over"
    if starts > now:
        return "scheduled"
    return "over" if ends is not None and ends <= now else "live"


@dataclass(frozen=True, slots=True)
class Line:
    """One item of the list: where its work stands, and where it stands on the site."""

    item: Item
    states: tuple[State, ...]
    kind_name: StrOrPromise


@dataclass(frozen=True, slots=True)
class Listing:
    lines: list[Line]
    next_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the list is asked for. `after`: the key of the last line of the page before."""

    column: int | None = None
    kind: str = ""
    state: str = ""
    text: str = ""
    mine: bool = False
    after: str = ""


def _run_on(**more: Any) -> QuerySet[Run]:
    return Run.objects.filter(
        subject_type=access.SUBJECT, subject_id=Cast(OuterRef("pk"), CharField()), **more
    )


_SHOWN = {"starts": "starts_at", "ends": "ends_at", "ended": "ending__at"}


def _back(item: Any, hidden_at: Any) -> QuerySet[Publication]:
    """What was published of an item since it was taken down."""
    return Publication.objects.filter(item=item, at__gt=hidden_at)


def with_states(found: QuerySet[Item], now: datetime) -> QuerySet[Item]:
    """Each with the state of its live request and the times of the publication that counts: the newest that has begun,
    else the next to begin."""
    mine = Publication.objects.filter(live.not_hidden(now), item=OuterRef("pk"))
    begun = mine.filter(starts_at__lte=now).order_by("-starts_at", "-id")
    coming = mine.filter(starts_at__gt=now, ending=None).order_by("starts_at")
    asked = _run_on(state__in=list(WORK)).order_by("-id")
    return found.annotate(
        run_state=Subquery(asked.exclude(kind=content.ENDING).values("state")[:1]),
        end_state=Subquery(asked.filter(kind=content.ENDING).values("state")[:1]),
        came_back=Exists(_back(OuterRef("pk"), OuterRef("hidden_at"))),
        comes_at=Subquery(coming.values("starts_at")[:1]),
        **{f"shown_{name}": Subquery(begun.values(field)[:1]) for name, field in _SHOWN.items()},
    )


def states_of(item: Any, now: datetime) -> tuple[State, ...]:
    """Of an item out of `with_states`: the work first, then the site; "being written" when there is neither."""
    site = site_state(
        hidden=None if item.came_back else item.hidden_at,
        starts=item.shown_starts,
        ends=item.shown_ends,
        ended=item.shown_ended,
        now=now,
    )
    found = [
        WORK.get(item.run_state or "", ""),
        ENDS.get(item.end_state or "", ""),
        site if site != "over" or item.comes_at is None else "",
    ]
    if item.comes_at is not None and site != "hidden":
        found.append("scheduled")
    return tuple(State(code) for code in found if code) or (State("draft"),)


def _in_state(found: QuerySet[Item], state: str, now: datetime) -> QuerySet[Item]:
    for of_run, code in WORK.items():
        if code == state:
            return found.filter(Exists(_run_on(state=of_run).exclude(kind=content.ENDING)))
    for of_run, code in ENDS.items():
        if code == state:
            return found.filter(Exists(_run_on(state=of_run, kind=content.ENDING)))
    hidden = Q(hidden_at__lte=now) & ~Exists(_back(OuterRef("pk"), OuterRef("hidden_at")))
    if state == "hidden":
        return found.filter(hidden)
    shown = found.exclude(hidden)
    lives = live.live_at(now).filter(item=OuterRef("pk"))
    comes = live.to_come(now).filter(item=OuterRef("pk"))
    if state == "live":
        return shown.filter(Exists(lives))
    if state == "scheduled":
        return shown.filter(Exists(comes))
    published = Publication.objects.filter(item=OuterRef("pk"))
    if state == "over":
        return shown.filter(Exists(published)).exclude(Exists(lives)).exclude(Exists(comes))
    if state == "draft":
        return found.exclude(Exists(published)).exclude(Exists(_run_on(state__in=list(WORK))))
    return found


def listing(person: Employee, wanted: Wanted, now: datetime) -> Listing:
    """One page of what the person may see, the latest change first; a bounded number of queries."""
    found = access.visible_to(person, now)
    if wanted.column is not None:
        found = found.filter(column=wanted.column)
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.mine:
        found = found.filter(Q(created_by=person) | Q(newest__written_by=person))
    if wanted.text.strip():
        pairs = grams(wanted.text)
        whole = [pair for pair in pairs if len(pair) > 1]
        if whole:
            found = found.filter(grams__contains=whole)
        else:
            found = found.filter(title__icontains=wanted.text.strip())
    if wanted.state in NAMES:
        found = _in_state(found, wanted.state, now)
    after = _key(wanted.after)
    if after is not None:
        at, pk = after
        found = found.filter(Q(updated_at__lt=at) | Q(updated_at=at, pk__lt=pk))
    rows = list(
        with_states(found, now)
        .select_related("column", "newest__written_by")
        .order_by("-updated_at", "-id")[: PAGE + 1]
    )
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    names = dict(content.KINDS)
    lines = [Line(row, states_of(row, now), names[row.kind]) for row in rows]
    return Listing(lines, f"{rows[-1].updated_at.timestamp():.6f}.{rows[-1].pk}" if more else "")


def _key(text: str) -> tuple[datetime, int] | None:
    seconds, _dot, pk = text.rpartition(".")
    try:
        return datetime.fromtimestamp(float(seconds), tz=UTC), int(pk)
    except (ValueError, OverflowError, OSError):
        return None


@dataclass(frozen=True, slots=True)
class ItemPage:
    """Everything the page of an item shows beside its words."""

    item: Item
    states: tuple[State, ...]
    live: Publication | None
    next: Publication | None
    publications: tuple[Publication, ...]
    endings: tuple[Ending, ...]
    versions: tuple[Version, ...]
    runs: tuple[Run, ...]

    @property
    def run(self) -> Run | None:
        """The request that is on its way."""
        return next((run for run in self.runs if run.live and run.kind != content.ENDING), None)

    @property
    def end_run(self) -> Run | None:
        return next((run for run in self.runs if run.live and run.kind == content.ENDING), None)

    @property
    def last(self) -> Run | None:
        """The latest request to go live, ended or not."""
        return next((run for run in self.runs if run.kind != content.ENDING), None)

    @property
    def unpublished(self) -> bool:
        """Whether the newest version is not what is live."""
        return self.live is None or self.live.version_id != self.item.newest_id


def item_page(item: Item, now: datetime, *, versions: int = 30) -> ItemPage:
    """For somebody who may see the item; a bounded number of queries."""
    found = with_states(Item.objects.filter(pk=item.pk), now).get()
    publications = tuple(
        item.publications.select_related("version", "column", "by", "run", "ending").order_by(
            "-starts_at", "-id"
        )[:20]
    )
    return ItemPage(
        item=item,
        states=states_of(found, now),
        live=live.live_of(item, now),
        next=live.to_come(now).filter(item=item).select_related("version").order_by("starts_at").first(),
        publications=publications,
        endings=tuple(each.ending for each in publications if hasattr(each, "ending")),
        versions=tuple(
            item.versions.select_related("written_by")
            .prefetch_related("readings__reader")
            .order_by("-number")[:versions]
        ),
        runs=tuple(
            Run.objects.filter(subject_type=access.SUBJECT, subject_id=str(item.pk))
            .select_related("requester")
            .order_by("-id")[:20]
        ),
    )


def access_version(item: Item, number: int) -> Version:
    """Raises NotFound."""
    found: Version | None = item.versions.select_related("written_by").filter(number=number).first()
    if found is None:
        raise NotFound(_("There is no such version."))
    return found


def columns_for(kind: str = "") -> list[Column]:
    """The active columns, of a kind when one is given."""
    found = Column.objects.filter(active=True)
    return list(found.filter(kinds__contains=[kind]) if kind else found)


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """One column of the page: how much of it is on the site, and how old the newest is."""

    column: Column
    live: int
    newest_at: datetime | None


def column_lines(now: datetime) -> list[ColumnLine]:
    """Every column; two queries."""
    counts: dict[int, list[datetime]] = {}
    for column_id, starts_at in live.live_at(now).values_list("column_id", "starts_at"):
        counts.setdefault(column_id, []).append(starts_at)
    return [
        ColumnLine(column, len(counts.get(column.pk, ())), max(counts.get(column.pk, ()), default=None))
        for column in Column.objects.select_related("officer").order_by("-active", "place", "slug")
    ]


def access_column(pk: int) -> Column:
    """Raises NotFound."""
    found = Column.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such column."))
    return found


@dataclass(frozen=True, slots=True)
class Moment:
    """Something begins or ends on the site."""

    at: datetime
    begins: bool
    publication: Publication


def calendar(person: Employee, now: datetime, *, days: int = 31, limit: int = 200) -> list[Moment]:
    """What begins and ends from now on, soonest first, as far as the person may see it."""
    until = now + timedelta(days=days)
    seen = access.visible_to(person, now).values("pk")
    rows = (
        Publication.objects.filter(live.not_hidden(now), item__in=seen, ending=None)
        .filter(Q(starts_at__gt=now, starts_at__lte=until) | Q(ends_at__gt=now, ends_at__lte=until))
        .select_related("item", "version", "column")
        .order_by("starts_at", "id")[:limit]
    )
    found = []
    for row in rows:
        if now < row.starts_at <= until:
            found.append(Moment(row.starts_at, True, row))
        if row.ends_at is not None and now < row.ends_at <= until:
            found.append(Moment(row.ends_at, False, row))
    return sorted(found, key=lambda moment: (moment.at, moment.publication.pk))


def to_publish(person: Employee, now: datetime) -> QuerySet[Run]:
    """What is agreed to and waits for somebody to publish it, the most urgent first."""
    if "cms.view" not in permissions_of(person, now):
        return Run.objects.none()
    return (
        Run.objects.filter(subject_type=access.SUBJECT, state="agreed")
        .select_related("requester")
        .order_by("execute_due_at", "id")
    )
