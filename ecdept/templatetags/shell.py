"""What the shared partials draw: countdowns, state tones, bars. Text only; static/js/app.js makes countdowns tick."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from types import TracebackType
from zipfile import ZipFile

import heroicons
import heroicons.templatetags.heroicons as icons
from django import template
from django.utils import timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from office.enumerating import enumerated

register = template.Library()
register.filter("enumerated", enumerated)


class _Archive:
    """In the place of the ZipFile that the heroicons library opens for every icon: the list of the 1,300 in it takes a
    hundredth of a second to read, and is read once. In memory, because forked processes would share a file's place."""

    def __init__(self, data: object, mode: str = "r") -> None:
        """As ZipFile's; what is in the archive never changes."""

    def __enter__(self) -> ZipFile:
        return _opened()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """Stays open."""


@cache
def _opened() -> ZipFile:
    return ZipFile(BytesIO((files("heroicons") / "heroicons.zip").read_bytes()))


setattr(heroicons, "ZipFile", _Archive)  # noqa: B010 - mypy takes the name for a class of its own


@lru_cache(maxsize=512)
def _icon(style: str, name: str, size: int | None, attributes: tuple[tuple[str, str], ...]) -> SafeString:
    return SafeString(icons._render_icon(style, name, size, dict(attributes)))


def _icon_tag(style: str, usual: int) -> None:
    """The tag of the heroicons library with its answers kept: a page has two dozen icons and draws the same ones for
    ever. Takes the library's place where `shell` is loaded after it."""

    def tag(name: str, *, size: int | None = usual, **attributes: object) -> SafeString:
        return _icon(
            style, name, size, tuple((key, str(value) + "") for key, value in sorted(attributes.items()))
        )

    register.simple_tag(tag, name=f"heroicon_{style}")


for _style, _usual in (("micro", 16), ("mini", 20), ("outline", 24)):
    _icon_tag(_style, _usual)

#: The last quarter of the time is "nearly late", at least a minute and at most an hour of it.
NEAR_SHARE, NEAR_LEAST, NEAR_MOST = 0.25, timedelta(minutes=1), timedelta(hours=1)
NEAR_WITHOUT_START = timedelta(minutes=5)

TONES = {
    "waiting": "wait",
    "accepted": "active",
    "contacted": "active",
    "confirmed": "active",
    "handed_over": "wait",
    "taken": "active",
    "closed": "done",
    "invalid": "stop",
    "cancelled": "stop",
}


def clock_text(span: timedelta, in_days: str = "") -> str:
    """06:12, 3:06:12 or "2 d 03:06", the sign left to the words around it. `in_days`: the word for days, translated."""
    seconds = int(abs(span).total_seconds())
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    if days:
        return (in_days or _("{n} d")).format(n=days) + f" {hours:02}:{minutes:02}"
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"


def countdown_state(due_at: datetime, started_at: datetime | None, now: datetime) -> str:
    """ "ok", "near" or "late"; the same bounds as in static/js/app.js."""
    left = due_at - now
    if left < timedelta(0):
        return "late"
    near = NEAR_WITHOUT_START
    if started_at is not None:
        near = max(min((due_at - started_at) * NEAR_SHARE, NEAR_MOST), NEAR_LEAST)
    return "near" if left <= near else "ok"


@register.simple_tag
def countdown(
    due_at: datetime | None, started_at: datetime | str | None = None, met_at: datetime | str | None = None
) -> SafeString | str:
    """A <time> that counts down, or how it ended when `met_at` is given."""
    if not due_at:
        return ""
    local = timezone.localtime(due_at)
    title = _("due {time}").format(time=local.strftime("%Y-%m-%d %H:%M:%S"))
    started = started_at if isinstance(started_at, datetime) else None
    if isinstance(met_at, datetime):
        kept = met_at <= due_at
        text = (_("{time} to spare") if kept else _("{time} late")).format(time=clock_text(due_at - met_at))
        return format_html(
            '<span class="countdown" data-state="{}" title="{}">{}</span>',
            "kept" if kept else "late",
            title,
            text,
        )
    return counting_down(due_at, started, timezone.now(), Countdown())


class Countdown:
    """The words of a countdown in the reader's language and the zone of its clock, asked for once for a whole list."""

    def __init__(self) -> None:
        self.zone = timezone.get_current_timezone()
        self.due, self.late, self.left, self.days = (
            escape(_("due {time}")), escape(_("{time} late")), escape(_("{time} left")), escape(_("{n} d"))
        )  # fmt: skip


def counting_down(due_at: datetime, started: datetime | None, now: datetime, words: Countdown) -> SafeString:
    """The <time> of a clock that runs. Nothing in it but the words needs escaping."""
    local = due_at.astimezone(words.zone)
    state = countdown_state(due_at, started, now)
    text = (words.late if state == "late" else words.left).format(time=clock_text(due_at - now, words.days))
    title = words.due.format(time=f"{local:%Y-%m-%d %H:%M:%S}")
    begun = started.isoformat() if started else ""
    return SafeString(
        f'<time class="countdown" data-state="{state}" datetime="{local.isoformat()}" data-due="{due_at.isoformat()}"'
        f' data-started="{begun}" title="{title}">{text}</time>'
    )


@register.filter
def state_tone(state: str) -> str:
    """The shape and colour of a state's mark: wait, active, done, stop."""
    return TONES.get(str(state), "stop")


@register.simple_tag
def kept_bar(kept: int = 0, late: int = 0, still_open: int = 0) -> SafeString:
    """A bar of three parts in SVG attributes: the content policy allows no inline style."""
    kept, late, still_open = int(kept or 0), int(late or 0), int(still_open or 0)
    total = kept + late + still_open
    label = _("{kept} kept, {late} late, {open} open").format(kept=kept, late=late, open=still_open)
    parts, x = [], 0.0
    for word, count in (("kept", kept), ("late", late), ("open", still_open)):
        width = 100 * count / total if total else 0
        parts.append((word, f"{x:.2f}", f"{width:.2f}"))
        x += width
    rects = format_html_join("", '<rect class="{}" x="{}" y="0" width="{}" height="6"/>', parts)
    return format_html(
        '<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label="{}">'
        "<title>{}</title>{}</svg>",
        label,
        label,
        rects,
    )


@register.filter
def counted(count: int) -> str:
    """A count that was made up to 100, as it is shown."""
    return str(count) if count < 100 else "99+"


@register.filter
def money(amount: object, currency: str = "CNY") -> str:
    """¥1,280.00 or USD 1,280.00; an empty string for None."""
    if amount is None or amount == "":
        return ""
    sign = "¥" if currency in {"", "CNY"} else f"{currency} "
    return f"{sign}{amount:,.2f}"


@register.filter
def lookup(table: Mapping[object, object], key: object) -> object:
    """The value of a key that the template knows as a variable; an empty string when there is none."""
    return table.get(key, "")
