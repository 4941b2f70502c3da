"""What is done with an item: asked for, published, ended, read a second time."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cms.forms.content import SubmitForm
from cms.forms.explain import explain
from cms.models import Ending
from cms.rules.content import ENDING
from cms.selectors import access, items
from cms.services import publishing, writing
from cms.views.items import VIEW, item_response
from office.approvals import api as approvals
from office.errors import Conflict, Invalid, Refused
from office.rulebook.guards import permitted, person


@require_POST
@permitted(VIEW)
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    me, now = person(request), timezone.now()
    access.access_item(item_id=pk, person=me, now=now)
    form = SubmitForm(request.POST)
    if not form.is_valid():
        return item_response(request, pk, 422, form=form)
    try:
        run = publishing.submit_item(
            item_id=pk, **form.times(), comment=form.cleaned_data["comment"], by=me, now=now
        )
    except publishing.Blocked as refused:
        explain(form, refused)
        return item_response(request, pk, refused.status, form=form, blocked=refused)
    except Refused as refused:
        explain(form, refused, {"until": "ends_at"})
        return item_response(request, pk, refused.status, form=form, refused=refused)
    messages.success(request, _("Handed in. You see here whose turn it is."))
    return (
        redirect("approvals:run", run.pk) if request.POST.get("then") == "run" else redirect("cms:item", pk)
    )


@require_POST
@permitted(VIEW)
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Carry out the request that is agreed to: by who publishes."""
    me, now = person(request), timezone.now()
    item = access.access_item(item_id=pk, person=me, now=now)
    run = items.item_page(item, now, versions=1).run
    if run is None:
        raise Conflict(_("There is nothing to publish here any more."), code="moved_on")
    seen = request.POST.get("revision", "")
    approvals.execute(
        run_id=run.pk, by=me, now=now, revision=int(seen) if seen.isascii() and seen.isdigit() else None
    )
    messages.success(request, _("Published: it is on the site from the time that was agreed to."))
    return redirect("cms:item", pk)


@require_POST
@permitted(VIEW)
def end(request: HttpRequest, pk: int) -> HttpResponse:
    me, now = person(request), timezone.now()
    access.access_item(item_id=pk, person=me, now=now)
    reason = request.POST.get("reason", "")
    try:
        done = publishing.end_item(item_id=pk, reason=reason, by=me, now=now)
    except (Invalid, Conflict) as refused:
        return item_response(request, pk, refused.status, refused=refused, ending=True, reason=reason)
    if isinstance(done, Ending):
        draft = approvals.form_draft(me, ENDING, pk)
        if draft.pk is not None:
            approvals.discard_draft(draft_id=draft.pk, by=me)
        messages.success(request, _("It is off the site."))
    else:
        messages.success(request, _("Handed in: it comes off the site once it is agreed to and carried out."))
    return redirect("cms:item", pk)


@require_POST
@permitted(VIEW)
def read(request: HttpRequest, pk: int) -> HttpResponse:
    me, now = person(request), timezone.now()
    access.access_item(item_id=pk, person=me, now=now)
    note, number = request.POST.get("note", ""), request.POST.get("version", "")
    try:
        writing.read_second(
            item_id=pk,
            version=int(number) if number.isascii() and number.isdigit() and len(number) < 9 else 0,
            right=request.POST.get("right") == "yes",
            note=note,
            by=me,
            now=now,
        )
    except (Invalid, Conflict) as refused:
        return item_response(request, pk, refused.status, refused=refused, reading_note=note)
    messages.success(request, _("Your reading is kept with the version."))
    return redirect("cms:item", pk)
