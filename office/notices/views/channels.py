"""Ways out of the house and what waits or failed there: for IT."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from office.audit import api as audit
from office.errors import Invalid
from office.notices import channels as verbs
from office.notices import outbox as outbox_verbs
from office.notices import selectors, words
from office.notices.forms import ChannelForm, read_key
from office.notices.models import Channel, OutboxMessage
from office.rulebook.guards import permitted, person
from office.subjects import Subject


@require_GET
@permitted("notices.channels")
def channels(request: HttpRequest) -> HttpResponse:
    return render(request, "notices/channels.html", {"channels": selectors.channels()})


@require_http_methods(["GET", "POST"])
@permitted("notices.channels")
def new_channel(request: HttpRequest) -> HttpResponse:
    form = ChannelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            made = verbs.create_channel(
                name=typed["name"],
                kind=typed["kind"],
                config=form.config(),
                urgent_only=typed["urgent_only"],
                positions=typed["positions"],
                people=[each.pk for each in typed["people"]],
                by=person(request),
                now=timezone.now(),
            )
            return redirect("notices:channel", pk=made.pk)
        except Invalid as refusal:
            form.add_error("name", str(refusal))
    return render(request, "notices/channel.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@permitted("notices.channels")
def channel(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Channel, pk=pk)
    form = ChannelForm(request.POST or None, channel=found)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            verbs.change_channel(
                channel_id=pk,
                name=typed["name"],
                config=form.config(),
                urgent_only=typed["urgent_only"],
                positions=typed["positions"],
                people=[each.pk for each in typed["people"]],
                by=person(request),
                now=timezone.now(),
            )
            messages.success(request, _("Saved."))
            return redirect("notices:channel", pk=pk)
        except Invalid as refusal:
            form.add_error("name", str(refusal))
    context = {
        "form": form,
        "channel": found,
        "rows": audit.timeline(Subject("channel", str(pk), found.name)),
    }
    return render(request, "notices/channel.html", context, status=422 if form.errors else 200)


@require_POST
@permitted("notices.channels")
def enable_channel(request: HttpRequest, pk: int) -> HttpResponse:
    on = request.POST.get("on") == "1"
    verbs.set_enabled(channel_id=pk, enabled=on, by=person(request), now=timezone.now())
    return redirect("notices:channel", pk=pk)


@require_POST
@permitted("notices.channels")
def test_channel(request: HttpRequest, pk: int) -> HttpResponse:
    """Hands over a test message now and says what the other side answered."""
    problem = verbs.send_test(channel_id=pk, by=person(request), now=timezone.now())
    if problem:
        messages.error(request, _("Not taken: {problem}").format(problem=_(problem)))
    else:
        messages.success(request, _("The other side took the test message."))
    return redirect("notices:channel", pk=pk)


@require_GET
@permitted("notices.channels")
def outbox(request: HttpRequest) -> HttpResponse:
    """What was given up, what waits, what was sent lately."""
    state = request.GET.get("state", OutboxMessage.State.DEAD)
    state = state if state in OutboxMessage.State.values else OutboxMessage.State.DEAD
    rows, following = selectors.outgoing(state, read_key(request.GET.get("before")))
    context = {
        "rows": [(row, words.text_of(row.notice)) for row in rows],
        "state": state,
        "states": OutboxMessage.State.choices,
        "channels": selectors.channels_with_dead(),
        "next_url": f"?{urlencode({'state': state, 'before': following})}" if following else "",
    }
    return render(request, "notices/outbox.html", context)


@require_POST
@permitted("notices.channels")
def retry_message(request: HttpRequest, pk: int) -> HttpResponse:
    outbox_verbs.retry(message_id=pk, by=person(request), now=timezone.now())
    return redirect("notices:outbox")


@require_POST
@permitted("notices.channels")
def retry_channel(request: HttpRequest, pk: int) -> HttpResponse:
    outbox_verbs.retry_all(channel_id=pk, by=person(request), now=timezone.now())
    return redirect("notices:outbox")
