"""Taking content down, the evidence, and the case about who answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cms.forms.acts import ActForm, Offer, refuse
from cms.forms.takedowns import DecideForm, HearForm, TakeDownForm
from cms.models import Takedown
from cms.selectors import takedowns as selectors
from cms.selectors.access import access_item
from cms.services import takedowns as verbs
from office.errors import NotFound, Refused
from office.rulebook.guards import entered, permitted, person

DOORS: dict[str, tuple[Any, Callable[..., ActForm], Callable[..., object]]] = {
    "hear": (gettext_lazy("Write down what the author says"), HearForm, verbs.hear),
    "decide": (gettext_lazy("Decide the case"), DecideForm, verbs.decide),
}
EFFECTS: dict[str, Any] = {
    "hear": "",
    "decide": gettext_lazy("The decision stands and cannot be changed. Nothing is carried out by itself."),
}


@require_http_methods(["GET", "POST"])
@permitted("cms.takedown")
def take_down(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks once, with the effect spelled out; then it is hidden."""
    item = access_item(item_id=pk, person=person(request), now=timezone.now())
    what = {"title": item.title, "place": item.column.name, "back": reverse("cms:item", args=[pk])}
    return _ask(request, what, lambda **given: verbs.take_down(item_id=pk, **given))


@require_http_methods(["GET", "POST"])
@permitted("cms.takedown")
def take_down_entry(request: HttpRequest, pk: int) -> HttpResponse:
    """The same for what the public reads on the message board."""
    entry = selectors.entry_of(pk)
    what = {"title": entry.question[:60], "place": _("Message board"), "back": reverse("board:entries")}
    return _ask(request, what, lambda **given: verbs.take_down_entry(entry_id=pk, **given))


def _ask(request: HttpRequest, what: dict[str, str], verb: Callable[..., Takedown]) -> HttpResponse:
    now = timezone.now()
    form = TakeDownForm(request.POST or None, now=now)
    if request.method == "POST" and form.is_valid():
        try:
            taken = verb(**form.cleaned_data, by=person(request), now=now)
            messages.success(request, _("Hidden. The evidence is kept, and a case is open."))
            return redirect("cms:takedown", pk=taken.pk)
        except NotFound:
            raise
        except Refused as refused:
            refuse(form, refused)
    status = 422 if request.method == "POST" else 200
    return render(request, "cms/take_down.html", {"form": form, "what": what}, status=status)


@require_GET
@permitted("cms.cases")
def takedown_list(request: HttpRequest) -> HttpResponse:
    """What was taken down, newest first."""
    before = request.GET.get("before", "")
    found = selectors.listed(before=int(before) if before.isdecimal() and len(before) < 18 else None)
    now = timezone.now()
    context = {
        "takedowns": found[: selectors.PAGE],
        "hidden": selectors.hidden_from(person(request), found, now),
        "following": found[selectors.PAGE - 1].pk if len(found) > selectors.PAGE else None,
        "categories": dict(selectors.categories(now)),
    }
    return render(request, "cms/takedowns.html", context)


@require_GET
@login_required
def takedown(request: HttpRequest, pk: int) -> HttpResponse:
    """The evidence, what can be done now and by whom, the timeline: for the posts of the book and the author."""
    return show(request, pk)


def show(
    request: HttpRequest,
    pk: int,
    *,
    bound: dict[str, ActForm] | None = None,
    refusal: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a takedown, with what was refused and typed."""
    now = timezone.now()
    page = selectors.case_page(pk, person(request), entered(request).permissions, now)
    bound = bound or {}
    offers = [
        Offer(
            key,
            DOORS[key][0],
            bound.get(key) or DOORS[key][1](initial={"seen": page.case.version}, now=now),
            main=True,
            ask=EFFECTS[key],
            opened=True,
        )
        for key in page.acts
    ]
    lost = [form for key, form in bound.items() if key not in page.acts]
    context = {"page": page, "takedown": page.takedown, "offers": offers, "refused": refusal, "lost": lost}
    return render(request, "cms/takedown.html", context, status=status)


@require_POST
@login_required
def act(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Hear or decide; what was refused shows the case as it is now, with what was typed."""
    if key not in DOORS:
        raise Http404
    now = timezone.now()
    selectors.case_page(pk, person(request), entered(request).permissions, now)  # hidden from others: 404
    _label, make, verb = DOORS[key]
    form = make(request.POST, now=now)
    if not form.is_valid():
        return show(request, pk, bound={key: form}, status=422)
    try:
        verb(takedown_id=pk, by=person(request), now=now, **form.arguments())
    except Refused as refused:
        refuse(form, refused)
        return show(request, pk, bound={key: form}, refusal=refused, status=refused.status)
    messages.success(request, _("Recorded."))
    return redirect("cms:takedown", pk=pk)
