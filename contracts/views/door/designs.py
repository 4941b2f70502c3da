"""Designs handed over to this contact: the copy with the supplier's name across it, each fetching logged (P3.6)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_GET

from contracts.models import DoorLink
from contracts.selectors import door, door_orders
from contracts.services import handovers
from contracts.views.door.guard import Inside, inside
from office.files import api as files


@require_GET
@inside
def design(request: HttpRequest, who: Inside, pk: int) -> HttpResponseBase:
    found = door_orders.handover(pk, who.contact)
    if found.order_id is not None:
        door.require_paper(who.link, DoorLink.Purpose.ORDER, found.order_id)
    else:
        door.require_paper(who.link, DoorLink.Purpose.SAMPLE, found.sample_id or 0)
    marked = handovers.fetch_design(handover_id=pk, contact=who.contact, now=who.now)
    return files.serve(request, marked, download=True)


urlpatterns = [path("<str:token>/design/<int:pk>/", design, name="design")]
