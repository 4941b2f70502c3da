"""The 上班/下班 switch and its heartbeat."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from office.staff.guards import me
from office.staff.services import duty


def back(request: HttpRequest, fallback: str = "/") -> HttpResponseRedirect:
    """To the page the form names, never to another host."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponseRedirect(
        wanted if safe and wanted.startswith("/") and wanted.isprintable() else fallback
    )


@require_POST
@login_required
def start(request: HttpRequest) -> HttpResponse:
    duty.start_duty(by=me(request), now=timezone.now())
    messages.success(request, _("You are on duty."))
    return back(request)


@require_POST
@login_required
def end(request: HttpRequest) -> HttpResponse:
    duty.end_duty(employee=me(request), by=me(request), now=timezone.now())
    messages.success(request, _("You are off duty. Have a good rest."))
    return back(request)


@require_POST
@login_required
def seen(request: HttpRequest) -> HttpResponse:
    """Once a minute from every open page of somebody on duty."""
    duty.touch_presence(by=me(request), now=timezone.now())
    return HttpResponse(status=204)
