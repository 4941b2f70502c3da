"""Live equals approved: differences, the readings of channels, and what is done about them."""

from __future__ import annotations

import io
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.forms.live import CheckForm, FeedForm, SolveForm
from catalog.models import LiveDifference
from catalog.rules.feeds import read_table
from catalog.selectors import live as selectors
from catalog.services import live as verbs
from catalog.services.live import LIVE
from catalog.subjects import difference_subject
from catalog.views.answers import explain, number
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import NotFound, Refused
from office.rulebook.guards import permitted, person
from office.tables.table import Source, UnusableFile


@require_GET
@permitted(LIVE)
def live(request: HttpRequest) -> HttpResponse:
    """What differs now, channel by channel."""
    return _live(request, CheckForm())


def _live(request: HttpRequest, form: CheckForm, status: int = 200) -> HttpResponse:
    asked = request.GET
    kind = asked.get("kind", "") if asked.get("kind") in LiveDifference.Kind.values else ""
    closed = asked.get("state") == "closed"
    channel = number(asked.get("channel"))
    rows, following = selectors.differences(
        channel=channel, kind=kind, closed=closed, before=number(asked.get("before"))
    )
    selectors.with_due(rows)
    kept = {key: asked[key] for key in ("channel", "kind", "state") if asked.get(key)}
    context = {
        "rows": rows,
        "channels": selectors.channels(),
        "kinds": LiveDifference.Kind.choices,
        "kind": kind,
        "channel": channel,
        "closed": closed,
        "form": form,
        "next_url": f"?{urlencode({**kept, 'before': following})}" if following else "",
        "first_url": f"?{urlencode(kept)}" if asked.get("before") else "",
    }
    return render(request, "catalog/live.html", context, status=status)


@require_POST
@permitted(LIVE)
def live_upload(request: HttpRequest) -> HttpResponse:
    """An export of a channel, compared at once."""
    form = CheckForm(request.POST, request.FILES)
    if form.is_valid():
        data = form.cleaned_data
        body = data["file"].read()
        try:
            reading = read_table(Source(data["file"].name, len(body), lambda: io.BytesIO(body)))
            check = verbs.check_live(
                channel_id=data["channel"].pk,
                reading=reading,
                source="file",
                name=data["file"].name,
                whole=data["whole"],
                by=person(request),
                now=timezone.now(),
            )
        except UnusableFile as unusable:
            form.add_error("file", str(unusable.message))
        except Refused as refused:
            form.add_error("file", str(refused.message))
        else:
            return redirect("catalog:live_check", check.pk)
    return _live(request, form, status=422)


@require_GET
@permitted(LIVE)
def live_check(request: HttpRequest, pk: int) -> HttpResponse:
    """One comparison: what it read, what it could not, what it found."""
    return render(request, "catalog/live_check.html", {"check": selectors.access_check(pk)})


@require_http_methods(["GET", "POST"])
@permitted(LIVE)
def live_feed(request: HttpRequest, pk: int) -> HttpResponse:
    """Where a channel is read."""
    channel = selectors.access_channel(pk)
    feed = getattr(channel, "feed", None)
    initial = {"url": feed.url, "active": feed.active} if feed else {}
    form = FeedForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            verbs.set_feed(channel_id=pk, by=person(request), now=timezone.now(), **form.cleaned_data)
        except Refused as refused:
            explain(form, refused)
        else:
            messages.success(request, _("Saved."))
            return redirect("catalog:live")
    context = {"channel": channel, "feed": feed, "form": form}
    return render(request, "catalog/live_feed.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@permitted(LIVE)
def live_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Read a channel's feed now."""
    check = verbs.read_channel(channel_id=pk, by=person(request), now=timezone.now())
    if check is None:
        messages.error(request, _("The feed could not be read; the reason stands beside the channel."))
        return redirect("catalog:live")
    return redirect("catalog:live_check", check.pk)


@require_GET
@permitted(LIVE)
def difference(request: HttpRequest, pk: int) -> HttpResponse:
    """Facts, what can be done now, the timeline."""
    return _difference(request, pk, SolveForm())


def _difference(request: HttpRequest, pk: int, form: SolveForm, status: int = 200) -> HttpResponse:
    row = selectors.access_difference(pk)
    subject = difference_subject(row)
    context = {
        "row": row,
        "form": form,
        "clocks": [clock for clock in deadlines.of(subject) if clock.state != "cancelled"],
        "timeline": audit.timeline(subject),
    }
    return render(request, "catalog/difference.html", context, status=status)


@require_POST
@permitted(LIVE)
def difference_take(request: HttpRequest, pk: int) -> HttpResponse:
    """See to it."""
    verbs.take_difference(difference_id=pk, by=person(request), now=timezone.now())
    return redirect("catalog:difference", pk)


@require_POST
@permitted(LIVE)
def difference_solve(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that it is solved, and how."""
    form = SolveForm(request.POST)
    if form.is_valid():
        try:
            verbs.solve_difference(
                difference_id=pk, reason=form.cleaned_data["reason"], by=person(request), now=timezone.now()
            )
        except NotFound:
            raise
        except Refused as refused:
            explain(form, refused)
        else:
            messages.success(request, _("Noted. The next check finds out whether both agree again."))
            return redirect("catalog:difference", pk)
    return _difference(request, pk, form, status=422)
