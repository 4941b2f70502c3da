"""The machine room: the log, asking for leave, going in and out."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.forms.fields import number, refuse
from accounts.forms.room import AskRoomForm, EnterForm, LeaveForm
from accounts.selectors import room as selectors
from accounts.services import room as verbs
from office.approvals import api as approvals
from office.errors import NotFound, Refused
from office.rulebook.guards import person


@require_GET
@login_required
def room(request: HttpRequest) -> HttpResponse:
    """Who is inside, the log, the leaves; one's own for whoever does not keep the log."""
    return _show(request, EnterForm(initial={"person": person(request).pk}))


def _show(
    request: HttpRequest, form: EnterForm, *, refused: Refused | None = None, status: int = 200
) -> HttpResponse:
    me, now = person(request), timezone.now()
    alerts = request.GET.get("alerts") == "1"
    rows = selectors.log(me, now, alerts=alerts, before=number(request.GET.get("before")))
    context = {
        "form": form,
        "rows": rows[: selectors.PAGE],
        "more": rows[selectors.PAGE - 1].pk if len(rows) > selectors.PAGE else None,
        "leaves": selectors.leaves(me, now),
        "keeps": selectors.sees_all(me, now),
        "alerts": alerts,
        "refused": refused,
        "now": now,
    }
    return render(request, "accounts/room.html", context, status=status)


@require_http_methods(["GET", "POST"])
@login_required
def ask(request: HttpRequest) -> HttpResponse:
    """Ask the general manager to let somebody in."""
    me, now = person(request), timezone.now()
    draft = approvals.form_draft(me, verbs.KIND, "new", _("Entering the machine room"))
    form = AskRoomForm(request.POST or None, initial={"person": me.pk, **draft.initial})
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            run = verbs.ask_room(**form.who(), by=me, now=now)
            messages.success(request, _("The general manager is asked."))
            return redirect("approvals:run", pk=run.pk)
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
    return render(request, "accounts/room_ask.html", {"form": form, "draft": draft}, status=status)


@require_POST
@login_required
def enter(request: HttpRequest) -> HttpResponse:
    form = EnterForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    try:
        entry = verbs.enter(**form.who(), by=person(request), now=timezone.now())
    except Refused as refused:
        refuse(form, refused)
        return _show(request, form, status=refused.status)
    if entry.allowed:
        messages.success(request, _("It is on the record."))
    else:
        messages.warning(
            request, _("Noted. There is no leave for this: the general manager and IT have been told.")
        )
    return redirect("accounts:room")


@require_POST
@login_required
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    form = LeaveForm(request.POST)
    done = form.cleaned_data["done"] if form.is_valid() else request.POST.get("done", "")
    try:
        verbs.leave(entry_id=pk, done=done, by=person(request), now=timezone.now())
    except NotFound:
        raise
    except Refused as refused:
        return _show(request, EnterForm(), refused=refused, status=refused.status)
    messages.success(request, _("It is on the record."))
    return redirect("accounts:room")
