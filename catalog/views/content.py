"""Pictures and texts of a product."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.forms.goods import PictureForm, TextForm
from catalog.limits import picture_limits
from catalog.selectors import content as selectors
from catalog.selectors.goods import access_product
from catalog.services import content as verbs
from catalog.services.packs import pack_product
from catalog.services.uploads import Sent
from catalog.subjects import product_subject
from catalog.views.answers import explain
from catalog.views.goods import PICTURES, VIEW, product_response
from catalog.views.sending import smaller_of
from office.approvals import api as approvals
from office.errors import Refused
from office.files import api as files
from office.rulebook import sudo
from office.rulebook.guards import permitted, person
from office.staff.models import Employee


@require_GET
@permitted(VIEW)
def picture(request: HttpRequest, pk: int) -> HttpResponse:
    """The bytes; `?small=1` a small one. They never change, so a browser keeps them."""
    found = selectors.access_picture(pk)
    small = request.GET.get("small") == "1"
    tag = f'"{found.sha256[:32]}{"s" if small else ""}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified()
    return HttpResponse(
        bytes(found.thumb if small else found.content),
        content_type="image/jpeg" if small else found.mime,
        headers={"ETag": tag, "Cache-Control": "private, max-age=86400, immutable"},
    )


@require_POST
@permitted(VIEW)
@sudo.fresh
def pack(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Pictures, text and SKUs as one ZIP; logged."""
    now = timezone.now()
    name, parts = pack_product(product_id=pk, by=person(request), now=now)
    return files.serve_pack(parts, name=name, at=now)


@require_POST
@permitted(PICTURES)
@files.takes_files(picture_limits)
def picture_add(request: HttpRequest, pk: int) -> HttpResponse:
    """One file, or the smaller version that was offered; refused, the page says why beside it."""
    form, me, now = PictureForm(request.POST, request.FILES), person(request), timezone.now()
    offer = None
    if form.is_valid():
        sent = form.sent()
        try:
            verbs.add_picture(product_id=pk, sent=sent, caption=form.cleaned_data["caption"], by=me, now=now)
        except files.FileRefused as refused:
            offer = _smaller(form, refused, sent, me, now)
        except Refused as refused:
            if refused.status == 404 and sent.offer is None:
                raise
            explain(form, refused)
        else:
            messages.success(request, _("The picture is there."))
            return redirect("catalog:product", pk)
    return product_response(request, pk, status=422, picture_form=form, picture_offer=offer)


def _smaller(
    form: PictureForm, refused: files.FileRefused, sent: Sent, me: Employee, now: datetime
) -> files.Offer | None:
    """What is offered in its place, else the reason beside the field."""
    try:
        offer = smaller_of(refused, sent, by=me, now=now, limits=picture_limits(now))
    except files.FileRefused as again:
        refused, offer = again, None
    if offer is None:
        form.add_error("file", str(refused.message))
    return offer


@require_POST
@permitted(PICTURES)
def picture_remove(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    verbs.remove_picture(product_id=pk, picture_id=row, by=person(request), now=timezone.now())
    messages.success(request, _("The picture is no longer shown."))
    return redirect("catalog:product", pk)


@require_POST
@permitted(PICTURES)
def picture_move(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    verbs.move_picture(product_id=pk, picture_id=row, by=person(request), now=timezone.now())
    return redirect("catalog:product", pk)


@require_http_methods(["GET", "POST"])
@permitted(VIEW)
def text(request: HttpRequest, pk: int) -> HttpResponse:
    """The versions; whoever may ask for approval writes the next one here."""
    found, me, now = access_product(pk), person(request), timezone.now()
    may = approvals.may_ask(verbs.KIND, me, now)
    if request.method == "POST" and not may:
        raise PermissionDenied
    versions = selectors.texts_of(pk)
    draft = approvals.form_draft(me, verbs.KIND, pk, found.title)
    latest = versions[0] if versions else None
    initial = {"title": latest.title, "points": latest.points, "body": latest.body} if latest else {}
    form = TextForm(request.POST or None, initial={**initial, **draft.initial})
    runs = approvals.runs_about(product_subject(found), me, now)
    if request.method == "POST" and form.is_valid():
        try:
            verbs.write_text(product_id=pk, **form.cleaned_data, by=me, now=now)
            return _asked(request, pk, runs)
        except Refused as refused:
            explain(form, refused)
    context = {
        "product": found,
        "form": form,
        "draft": draft,
        "may": may,
        "versions": versions,
        "final": selectors.final_text(pk),
        "runs": runs,
    }
    return render(request, "catalog/text.html", context, status=422 if request.method == "POST" else 200)


def _asked(request: HttpRequest, pk: int, runs: list[approvals.Run]) -> HttpResponse:
    """The version is kept; asked about at once, when that button was pressed. Raises Refused."""
    me, now = person(request), timezone.now()
    if not request.POST.get("ask"):
        messages.success(
            request, _("The version is kept. It becomes final once your superior has approved it.")
        )
        return redirect("catalog:text", pk)
    again = next((run for run in runs if run.state == "returned" and run.requester_id == me.pk), None)
    run = verbs.ask_text(product_id=pk, by=me, now=now, again=again)
    messages.success(request, _("Your superior is asked to approve the text."))
    return redirect("approvals:run", run.pk)
