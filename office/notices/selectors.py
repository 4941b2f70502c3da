"""What the inbox and the channel pages show. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Q, QuerySet

from office.notices import kinds, words
from office.notices.models import Channel, Mute, Notice, OutboxMessage
from office.staff.models import Employee
from office.subjects import subject_name, subject_url

PAGE = 50
VIEWS = ("unread", "urgent", "all")


@dataclass(frozen=True, slots=True)
class Line:
    """One notice in the reader's language."""

    notice: Notice
    title: str
    text: str


@dataclass(slots=True)
class Group:
    """The notices of one subject that stand on one page, newest first."""

    subject_type: str
    subject_id: str
    label: str
    name: str
    url: str
    lines: list[Line] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What it is and which: "order TM01/88"; "staff case 4" is not called a case twice."""
        return self.label if self.name.casefold() in self.label.casefold() else f"{self.name} {self.label}"

    @property
    def unread(self) -> int:
        return sum(line.notice.read_at is None for line in self.lines)

    @property
    def urgent(self) -> bool:
        return any(line.notice.urgent and line.notice.read_at is None for line in self.lines)

    @property
    def muteable(self) -> str:
        """The newest kind here that may still be muted, or ""."""
        return next(
            (
                line.notice.kind
                for line in self.lines
                if kinds.can_be_muted(line.notice.kind) and not line.notice.muted
            ),
            "",
        )


@dataclass(frozen=True, slots=True)
class Page:
    """`next_before`: the key of the following page, None on the last; `newest`: what "all read" reaches up to."""

    groups: Sequence[Group]
    next_before: int | None
    newest: int | None


def unread_count(user_id: int) -> int:
    """Unread lines that are not muted, counted up to 100 (shown as 99+); answered by a partial index."""
    unread = Notice.objects.filter(recipient_id=user_id, read_at=None, muted=False)
    return len(unread.values_list("pk")[:100])


def inbox(reader: Employee, view: str = "unread", before: int | None = None) -> Page:
    """One page by key, newest first. `view` "unread" leaves out what is read or muted, "urgent" keeps only what
    cannot be muted, "all" is everything."""
    found = Notice.objects.filter(recipient=reader)
    if view == "unread":
        found = found.filter(read_at=None, muted=False)
    elif view == "urgent":
        found = found.filter(urgent=True)
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-id")[: PAGE + 1])
    shown = rows[:PAGE]
    groups: dict[tuple[str, str], Group] = {}
    for notice in shown:
        key = (notice.subject_type, notice.subject_id)
        if key not in groups:
            groups[key] = Group(
                *key,
                label=words.label_of(notice),
                name=str(subject_name(notice.subject_type)),
                url=subject_url(*key),
            )
        groups[key].lines.append(
            Line(notice, kinds.title_of(notice.kind, short=True), words.beside_label(notice))
        )
    return Page(
        groups=list(groups.values()),
        next_before=shown[-1].pk if len(rows) > PAGE else None,
        newest=shown[0].pk if shown and before is None else None,
    )


def muted_kinds(reader: Employee) -> list[tuple[str, str]]:
    """(stored kind, its name) of what the reader has muted."""
    found = Mute.objects.filter(employee=reader).order_by("kind").values_list("kind", flat=True)
    return [(kind, kinds.title_of(kind)) for kind in found]


def channels() -> QuerySet[Channel]:
    """Every channel with `waiting` and `dead` counts and its subscriptions."""
    return (
        Channel.objects.annotate(
            waiting=Count("messages", filter=Q(messages__state=OutboxMessage.State.WAITING)),
            dead=Count("messages", filter=Q(messages__state=OutboxMessage.State.DEAD)),
        )
        .prefetch_related("subscriptions__employee")
        .order_by("name")
    )


def channels_with_dead() -> list[tuple[Channel, int]]:
    """Channels with messages that were given up, and how many."""
    counts = dict(
        OutboxMessage.objects.filter(state=OutboxMessage.State.DEAD)
        .order_by("channel_id")
        .values_list("channel_id")
        .annotate(Count("id"))
    )
    found = Channel.objects.filter(pk__in=counts).order_by("name")
    return [(channel, counts[channel.pk]) for channel in found]


def outgoing(state: str, before: int | None = None) -> tuple[list[OutboxMessage], int | None]:
    """Messages in a state, newest first, and the key of the next page."""
    found = OutboxMessage.objects.filter(state=state).select_related("channel", "notice__recipient")
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-id")[: PAGE + 1])
    return rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else None
