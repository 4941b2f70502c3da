"""Samples for buyers.

The job: say what is wanted, look at the photos, sign or refuse. Gone wrong first: signing what was never
photographed, refusing without saying what has to be different, losing which photo is of which try.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contracts.forms import purchase as forms
from contracts.limits import upload_limits
from contracts.models import Sample
from contracts.order_subjects import sample_subject
from contracts.selectors import purchase as selectors
from contracts.services import handovers
from contracts.services import samples as verbs
from contracts.services.sides import ORDER
from contracts.views.purchase import VIEW, explain, kept, number
from office.audit import api as audit
from office.errors import Forbidden, Invalid, NotFound, Refused
from office.files import api as files
from office.rulebook.guards import entered, permitted, person

Verb = Callable[[HttpRequest, Sample, Any, dict[str, Any]], Any]
#: act → (states, form, verb)
ACTS: dict[str, tuple[tuple[str, ...], type[forms.Dressed], Verb]] = {
    "sign": (("photographed",), forms.SignForm,
             lambda request, sample, data, by: verbs.sign_off(sample_id=sample.pk, **data, **by)),
    "refuse": (("made", "photographed"), forms.SampleReasonForm,
               lambda request, sample, data, by: verbs.refuse(sample_id=sample.pk, **data, **by)),
    "photo": (("requested", "made", "photographed"), forms.PhotoForm,
              lambda request, sample, data, by: verbs.photograph(
                  sample=sample, file=kept(request), text=data["text"], **by)),
    "design": (("requested", "made", "photographed"), forms.SampleDesignForm,
               lambda request, sample, data, by: _hand_over(request, sample, data, by)),
    "give_up": (("requested", "made", "photographed"), forms.GiveUpForm,
                lambda request, sample, data, by: verbs.give_up(sample_id=sample.pk, **data, **by)),
}  # fmt: skip


def _hand_over(request: HttpRequest, sample: Sample, data: dict[str, Any], by: dict[str, Any]) -> Any:
    content, name = files.sent_file(request, upload_limits())
    return handovers.hand_over(
        content=content,
        name=name,
        sample=sample,
        contact_id=data["contact_id"],
        purpose=data["purpose"],
        **by,
    )


def _form(key: str, sample: Sample, *sent: Any) -> forms.Dressed:
    made = ACTS[key][1]
    return made(*sent, supplier_id=sample.supplier_id) if key == "design" else made(*sent)


@require_http_methods(["GET", "POST"])
@permitted(VIEW)
def samples(request: HttpRequest) -> HttpResponse:
    """Samples; a new one is asked for here."""
    may = ORDER in entered(request).permissions
    form = forms.NewSampleForm(request.POST or None)
    if request.method == "POST":
        if not may:
            raise PermissionDenied(ORDER)
        if form.is_valid():
            data = dict(form.cleaned_data)
            try:
                made = verbs.request_sample(
                    supplier_id=data.pop("supplier").pk, **data, by=person(request), now=timezone.now()
                )
                return redirect("contracts:sample", made.pk)
            except Invalid as refused:
                explain(form, refused)
    tab = "all" if request.GET.get("tab") == "all" else "open"
    rows, following = selectors.sample_list(tab, number(request.GET.get("before")), timezone.localdate())
    context = {
        "rows": rows,
        "tab": tab,
        "form": form,
        "may": may,
        "next_url": f"?tab={tab}&before={following}" if following else "",
    }
    return render(request, "contracts/samples.html", context, status=422 if request.method == "POST" else 200)


@require_GET
@permitted(VIEW)
def sample(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, pk, {})


@require_POST
@permitted(ORDER)
@files.takes_files(upload_limits)
def sample_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """One of the ACTS."""
    found = selectors.access_sample(pk)
    known = ACTS.get(act)
    if known is None:
        raise Http404
    form = _form(act, found, request.POST, request.FILES)
    if form.is_valid():
        try:
            known[2](request, found, form.cleaned_data, {"by": person(request), "now": timezone.now()})
        except (Forbidden, NotFound):
            raise
        except Refused as refused:
            explain(form, refused)
        else:
            messages.success(request, _("Done."))
            return redirect("contracts:sample", pk)
    return _page(request, pk, {act: form}, status=422)


def _page(request: HttpRequest, pk: int, bound: dict[str, Any], status: int = 200) -> HttpResponse:
    found = selectors.access_sample(pk)
    may = ORDER in entered(request).permissions
    context = {
        "sample": found,
        "events": list(found.events.order_by("-pk").select_related("file", "by", "contact")),
        "acts": [
            (key, bound.get(key) or _form(key, found))
            for key, (states, _made, _verb) in ACTS.items()
            if may and found.state in states
        ],
        "opened": next(iter(bound), "sign"),
        "lines": list(found.lines.select_related("order").order_by("-pk")[:20]),
        "handovers": selectors.handovers_of(found) if may else [],
        "may_order": may,
        "timeline": audit.timeline(sample_subject(found), latest=100),
    }
    return render(request, "contracts/sample.html", context, status=status)


@require_GET
@permitted(VIEW)
def sample_photo(request: HttpRequest, pk: int, file_id: int) -> HttpResponseBase:
    """A photo of this very sample."""
    event = selectors.access_sample(pk).events.filter(file=file_id).select_related("file").first()
    if event is None or event.file is None:
        raise NotFound(_("There is no such picture."))
    return (
        files.serve_preview(request, event.file)
        if request.GET.get("small")
        else files.serve(request, event.file)
    )
