"""A sample request at the supplier's door: what it must show, and its photographs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_GET, require_POST

from contracts.limits import door_limits
from contracts.models import DoorLink, Sample
from contracts.rules import order_life
from contracts.selectors import door
from contracts.selectors import door_orders as selectors
from contracts.services.door import handing
from contracts.views.door.guard import Inside, in_part, inside
from office.errors import NotFound, Refused
from office.files import api as files
from office.files.api import Limits

ACCEPT = "image/jpeg,image/png,image/webp"
PURPOSE = DoorLink.Purpose.SAMPLE


def _pictures() -> Limits:
    return door_limits()._replace(document=0)


@require_GET
@inside
def sample(request: HttpRequest, who: Inside, pk: int) -> HttpResponse:
    return _show(request, who, pk)


@require_POST
@inside
@files.takes_files(_pictures)
def photograph(request: HttpRequest, who: Inside, pk: int) -> HttpResponseBase:
    found = _mine(who, pk)
    try:
        upload = handing.Upload(*files.sent_file(request, _pictures()))
        handing.photograph(sample=found, upload=upload, contact=who.contact, now=who.now)
    except NotFound:
        raise
    except Refused as refused:
        if in_part(request):
            raise
        return _show(request, who, pk, refused)
    if in_part(request):
        return render(request, "contracts/door/_upload_kept.html", {})
    return redirect("door:sample", token=who.token, pk=pk)


@require_GET
@inside
def photo(request: HttpRequest, who: Inside, pk: int, event: int) -> HttpResponseBase:
    """One of its photographs; small with ?small."""
    found = _mine(who, pk).events.select_related("file").filter(pk=event, file__isnull=False).first()
    if found is None or found.file is None:
        raise NotFound("")
    return (
        files.serve_preview(request, found.file)
        if "small" in request.GET
        else files.serve(request, found.file)
    )


def _mine(who: Inside, pk: int) -> Sample:
    """Raises NotFound."""
    door.require_paper(who.link, PURPOSE, pk)
    return selectors.sample_page(pk, who.contact.supplier_id)


def _show(request: HttpRequest, who: Inside, pk: int, refused: Refused | None = None) -> HttpResponse:
    found = _mine(who, pk)
    events = list(found.events.select_related("file").order_by("pk"))
    context = {
        "who": who,
        "sample": found,
        "photos": [event for event in events if event.file and event.file.is_picture],
        "refusals": [event for event in events if event.word == "refused"],
        "takes": any(
            order_life.may(order_life.SAMPLE, word, found.state) for word in ("made", "photographed")
        ),
        "refused": refused,
        "designs": selectors.designs(who.contact, sample_id=pk),
        "accept": ACCEPT,
        "max_bytes": _pictures().largest(),
    }
    return render(request, "contracts/door/sample.html", context, status=refused.status if refused else 200)


urlpatterns = [
    path("<str:token>/sample/<int:pk>/", sample, name="sample"),
    path("<str:token>/sample/<int:pk>/photo/", photograph, name="sample_photograph"),
    path("<str:token>/sample/<int:pk>/photo/<int:event>/", photo, name="sample_photo"),
]
