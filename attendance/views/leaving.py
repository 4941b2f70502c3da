"""Leaving: asking to, who is on the way out, a person's checklist."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from attendance.forms.acts import number, refuse
from attendance.forms.leaving import ReasonForm, ResignForm
from attendance.selectors import leaving as selectors
from attendance.services import handover
from attendance.services import leaving as verbs
from office.approvals import api as approvals
from office.errors import Conflict, Invalid, NotFound, Refused
from office.rulebook import api as rulebook
from office.rulebook.guards import entered, permitted, person
from office.staff.models import Employee


@require_http_methods(["GET", "POST"])
@login_required
def resign(request: HttpRequest) -> HttpResponse:
    """Everybody may ask to leave: the earliest day, the form, what became of it."""
    me, now = person(request), timezone.now()
    notice = selectors.notice_of(me, rulebook.chain_rule(verbs.RESIGNATION, at=now).clause, now)
    subject = verbs.resignation_subject(me)
    draft = approvals.form_draft(me, verbs.RESIGNATION, subject.id, subject.label)
    given = {"last_day": f"{notice.earliest:%Y-%m-%d}"}
    if notice.returned is not None:
        asked = notice.returned.payload
        given = {name: asked[name] for name in ("last_day", "reason", "contract_clause")}
        given["by_agreement"] = asked["short"]
    form = ResignForm(request.POST or None, initial=draft.initial or given)
    refusal: Refused | None = None
    if request.method == "POST" and form.is_valid():
        try:
            run = verbs.resign(**form.cleaned_data, by=me, now=now, again=notice.returned)
        except Refused as refused:
            refusal = refused
            refuse(form, refused)
        else:
            messages.success(request, _("It is asked for. You see here who decides next."))
            return redirect("approvals:run", run.pk)
    status = refusal.status if refusal else 422 if request.method == "POST" else 200
    context = {"notice": notice, "form": form, "draft": draft, "refusal": refusal}
    return render(request, "attendance/resign.html", context, status=status)


@require_GET
@permitted(verbs.SEE)
def leavings(request: HttpRequest) -> HttpResponse:
    """Who is on the way out, and who left things open; or who has left."""
    ended = request.GET.get("tab") == "ended"
    lines = selectors.listed(ended=ended, before=number(request.GET.get("before")))
    more = ended and len(lines) > selectors.PAGE
    context = {
        "lines": lines[: selectors.PAGE] if ended else lines,
        "following": lines[selectors.PAGE - 1].leaving.pk if more else None,
        "ended": ended,
        "now": timezone.now(),
    }
    return render(request, "attendance/leavings.html", context)


@require_GET
@login_required
def leaving(request: HttpRequest, pk: int) -> HttpResponse:
    """One person's checklist: facts, what is to be done, timeline. Hidden from others: 404."""
    return show(request, pk)


def show(
    request: HttpRequest,
    pk: int,
    *,
    refusal: Refused | None = None,
    off_form: ReasonForm | None = None,
    checked: frozenset[int] = frozenset(),
    to: int | None = None,
    no: tuple[int, str] = (0, ""),
    status: int = 200,
) -> HttpResponse:
    """The page, with what was refused and typed."""
    page = selectors.page(pk, person(request), entered(request).permissions, timezone.now())
    context = {
        "page": page,
        "leaving": page.leaving,
        "people": selectors.candidates_for(page.leaving) if page.may_name else [],
        "off_form": off_form or ReasonForm(auto_id="off-%s"),
        "refused": refusal,
        "checked": checked,
        "to": to,
        "no_item": no[0],
        "no_reason": no[1],
    }
    return render(request, "attendance/leaving.html", context, status=status)


@require_POST
@login_required
def name_successor(request: HttpRequest, pk: int) -> HttpResponse:
    """The ticked things are offered to one person."""
    me, now = person(request), timezone.now()
    selectors.access_leaving(pk, me, entered(request).permissions)
    wanted = frozenset(key for text in request.POST.getlist("items") if (key := number(text)) is not None)
    to_id = number(request.POST.get("to"))
    to = Employee.objects.filter(pk=to_id).first() if to_id is not None else None
    try:
        if to is None:
            raise Invalid(_("Choose who is to take it over."), code="to")
        count = handover.name_successor(leaving_id=pk, item_ids=wanted, to=to, by=me, now=now)
    except NotFound:
        raise
    except Refused as refused:
        return show(request, pk, refusal=refused, checked=wanted, to=to_id, status=refused.status)
    messages.success(
        request, _("{name} is asked to take over {count} things.").format(name=to.name, count=count)
    )
    return redirect("attendance:leaving", pk=pk)


@require_POST
@login_required
def item(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """The successor's yes or no."""
    me, now = person(request), timezone.now()
    found = selectors.item_of(pk, me)
    reason = request.POST.get("reason", "")[:400]
    try:
        if key == "take":
            done = handover.take_over(item_id=pk, by=me, now=now)
        else:
            done = handover.refuse_item(item_id=pk, reason=reason, by=me, now=now)
    except Refused as refused:
        return show(
            request,
            found.leaving_id,
            refusal=refused,
            no=(pk, reason if key == "refuse" else ""),
            status=refused.status,
        )
    if key == "refuse":
        messages.success(request, _("Your no is recorded; who named you is told."))
        return redirect("home")
    messages.success(
        request, _("It is yours now.") if done.moved else _("It is recorded that you take it over.")
    )
    return redirect("attendance:leaving", pk=done.leaving_id)


@require_POST
@login_required
def look_again(request: HttpRequest, pk: int) -> HttpResponse:
    """What the person holds is listed anew."""
    me, now = person(request), timezone.now()
    selectors.access_leaving(pk, me, entered(request).permissions)
    fresh = handover.draw(leaving_id=pk, by=me, now=now)
    messages.success(request, _("The list is up to date; {count} new.").format(count=fresh))
    return redirect("attendance:leaving", pk=pk)


@require_POST
@permitted(verbs.CALL_OFF)
def call_off(request: HttpRequest, pk: int) -> HttpResponse:
    """The person stays after all."""
    me, now = person(request), timezone.now()
    form = ReasonForm(request.POST, auto_id="off-%s")
    try:
        verbs.call_off(leaving_id=pk, reason=request.POST.get("reason", ""), by=me, now=now)
    except (Invalid, Conflict) as refused:
        form.is_valid()
        return show(request, pk, refusal=refused, off_form=form, status=refused.status)
    messages.success(request, _("Called off: the person stays."))
    return redirect("attendance:leaving", pk=pk)
