"""A complaint at the supplier's door: the form without the customer, the decision, the answer, files of both sides."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_GET, require_POST

from contracts.limits import door_limits
from contracts.models import ComplaintAnswer, DoorLink
from contracts.selectors import complaints as selectors
from contracts.selectors import door, door_money
from contracts.services.complaints import deciding, filing
from contracts.services.door import drafts
from contracts.views.door.guard import Inside, form_of, in_part, inside
from office.errors import NotFound, Refused
from office.files import api as files

PURPOSE = DoorLink.Purpose.COMPLAINT
#: What a phone offers to choose from.
ACCEPT = "image/jpeg,image/png,image/webp,application/pdf"


@require_GET
@inside
def complaint(request: HttpRequest, who: Inside, pk: int) -> HttpResponse:
    return _show(request, who, pk)


@require_POST
@inside
def answer(request: HttpRequest, who: Inside, pk: int) -> HttpResponseBase:
    """We bear it, we repair it, we object."""
    _mine(who, pk)
    try:
        deciding.answer(
            complaint_id=pk,
            word=request.POST.get("word", "")[:10],
            text=request.POST.get("text", ""),
            contact=who.contact,
            now=who.now,
            seen=_seen(request),
        )
    except NotFound:
        raise
    except Refused as refused:
        return _show(request, who, pk, refused)
    drafts.handed_in(contact=who.contact, page=form_of(request), now=who.now)
    return redirect("door:complaint", token=who.token, pk=pk)


@require_POST
@inside
@files.takes_files(door_limits)
def add_file(request: HttpRequest, who: Inside, pk: int) -> HttpResponseBase:
    """A photograph or a paper of the supplier's own."""
    _mine(who, pk)
    try:
        content, name = files.sent_file(request, door_limits(who.now))
        kept = filing.add_file(
            complaint_id=pk, content=content, name=name, shared=True, contact=who.contact, now=who.now
        )
    except NotFound:
        raise
    except Refused as refused:
        if in_part(request):
            raise
        return _show(request, who, pk, refused)
    if in_part(request):
        return render(request, "contracts/door/_upload_kept.html", {"file": kept.file})
    return redirect("door:complaint", token=who.token, pk=pk)


@require_GET
@inside
def file(request: HttpRequest, who: Inside, pk: int, file: int) -> HttpResponseBase:
    """One that is shared with the supplier; a small picture of it with ?small."""
    _mine(who, pk)
    page = selectors.page(pk, supplier_id=who.contact.supplier_id)
    for each in page.files:
        if each.pk == file:
            if "small" in request.GET:
                return files.serve_preview(request, each.file)
            return files.serve(request, each.file)
    raise NotFound("")


def _mine(who: Inside, pk: int) -> None:
    """Raises NotFound."""
    door.require_paper(who.link, PURPOSE, pk)
    if not selectors.shown_at_door(who.contact.supplier_id).filter(pk=pk).exists():
        raise NotFound("")


def _show(request: HttpRequest, who: Inside, pk: int, refused: Refused | None = None) -> HttpResponse:
    _mine(who, pk)
    page = selectors.page(pk, supplier_id=who.contact.supplier_id)
    typed: dict[str, Mapping[str, str]] = {**drafts.typed(who.contact, f"complaint/{pk}", who.now)}
    context = {
        "again": bool(typed) and not refused,
        "paper": f"complaint/{pk}",
        "drafts": set(typed),
        "who": who,
        "page": page,
        "against": door_money.of_paper("complaint", pk),
        "refused": refused,
        "typed": request.POST if refused else typed.get("answer", {}),
        "waits": page.complaint.state == page.complaint.State.DECIDED
        and page.decision is not None
        and page.decision.liable != "carrier",
        "words": ComplaintAnswer.Word.choices,
        "accept": ACCEPT,
        "max_bytes": door_limits(who.now).largest(),
    }
    return render(
        request, "contracts/door/complaint.html", context, status=refused.status if refused else 200
    )


def _seen(request: HttpRequest) -> int | None:
    typed = request.POST.get("seen", "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else None


urlpatterns = [
    path("<str:token>/complaint/<int:pk>/", complaint, name="complaint"),
    path("<str:token>/complaint/<int:pk>/answer/", answer, name="complaint_answer"),
    path("<str:token>/complaint/<int:pk>/file/", add_file, name="complaint_add_file"),
    path("<str:token>/complaint/<int:pk>/file/<int:file>/", file, name="complaint_file"),
]
