"""Who may do what and why; asking for a permission; the grants."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.forms.fields import number, refuse
from accounts.forms.grants import AskForm, EndForm
from accounts.rules.names import name_of
from accounts.selectors import access as selectors
from accounts.services import grants as verbs
from office.approvals import api as approvals
from office.audit import api as audit
from office.errors import NotFound, Refused
from office.rulebook import api as rulebook
from office.rulebook.guards import entered, permitted, person
from office.staff.models import Employee


@require_GET
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """My own access."""
    return _person(request, person(request))


@require_GET
@login_required
def of_person(request: HttpRequest, pk: int) -> HttpResponse:
    """What one person may do, and why. Hidden from who may not know: 404."""
    return _person(request, selectors.access_person(person(request), pk, timezone.now()))


def _person(request: HttpRequest, of: Employee) -> HttpResponse:
    me, now = person(request), timezone.now()
    found = selectors.access_of(of, now)
    book = rulebook.book(now)
    context = {
        "of": of,
        "mine": of.pk == me.pk,
        "access": found,
        "level": name_of(found.level, book),
        "grants": [(each, name_of(each.word, book)) for each in found.grants],
        "may_ask": selectors.may_ask_for(me, of, now),
        "sees_all": selectors.SEE in entered(request).permissions,
        "leads": selectors.led_by(me, now).exclude(pk=me.pk)[:100] if of.pk == me.pk else [],
        "now": now,
    }
    return render(request, "accounts/access.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a permission for oneself or for somebody whom one leads."""
    me, now = person(request), timezone.now()
    draft = approvals.form_draft(me, verbs.LEVEL_CHANGE, "new", _("Change of access"))
    initial = {"person": me.pk, "first_day": timezone.localdate(), **draft.initial}
    initial |= {name: request.GET[name] for name in ("person", "word") if request.GET.get(name)}
    form = AskForm(request.POST or None, people=selectors.led_by(me, now), now=now, initial=initial)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            run = verbs.ask_grant(person_id=given.pop("person").pk, by=me, now=now, **given)
            messages.success(request, _("Asked. It is granted once the chain has agreed."))
            return redirect("approvals:run", pk=run.pk)
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
    context = {"form": form, "draft": draft}
    return render(request, "accounts/access_ask.html", context, status=status)


@require_GET
@permitted(selectors.SEE)
def keys(request: HttpRequest) -> HttpResponse:
    """Every permission; or, for the address of a page, the permission that its door asks for."""
    now, page = timezone.now(), request.GET.get("page", "").strip()[:300]
    asked = page[page.find("/", page.find("//") + 2) :] if "//" in page else page
    key = selectors.key_of_page(asked) if asked.startswith("/") else None
    if key:
        return redirect("accounts:access_key", key)
    context = {
        "sections": selectors.keys(now, request.GET.get("q", "")[:60]),
        "q": request.GET.get("q", "")[:60],
        "page": page,
        "open_to_all": key == "",
        "no_page": bool(page) and key is None,
    }
    return render(request, "accounts/access_keys.html", context)


@require_GET
@permitted(selectors.SEE)
def of_key(request: HttpRequest, key: str) -> HttpResponse:
    """Who may do this, and why each may."""
    return render(request, "accounts/access_key.html", {"found": selectors.holders_of(key, timezone.now())})


@require_GET
@login_required
def listed(request: HttpRequest) -> HttpResponse:
    """The grants: in force, to come, over."""
    me, now = person(request), timezone.now()
    state = request.GET.get("state", "")
    state = state if state in selectors.STATES else selectors.STATES[0]
    rows = selectors.listed(me, now, state=state, before=number(request.GET.get("before")))
    book = rulebook.book(now)
    context = {
        "rows": [(each, name_of(each.word, book)) for each in rows[: selectors.PAGE]],
        "more": rows[selectors.PAGE - 1].pk if len(rows) > selectors.PAGE else None,
        "state": state,
        "now": now,
    }
    return render(request, "accounts/grants.html", context)


@require_GET
@login_required
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    """One grant: what it gives and why, ending it, its timeline."""
    return _grant(request, pk, EndForm())


def _grant(request: HttpRequest, pk: int, form: EndForm, status: int = 200) -> HttpResponse:
    me, now = person(request), timezone.now()
    found = selectors.access_grant(me, pk, now)
    ended = getattr(found, "end", None)
    context = {
        "grant": found,
        "name": name_of(found.word, rulebook.book(now)),
        "gives": selectors.gives(found, now),
        "ended": ended,
        "live": ended is None and found.ends_at > now,
        "form": form,
        "runs": approvals.runs_about(verbs.subject_of(found.employee, found.word, now), me, now),
        "rows": audit.timeline(found.subject),
        "now": now,
    }
    return render(request, "accounts/grant.html", context, status=status)


@require_POST
@login_required
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask that it end now."""
    form = EndForm(request.POST)
    if not form.is_valid():
        return _grant(request, pk, form, 422)
    try:
        run = verbs.ask_end(
            grant_id=pk, reason=form.cleaned_data["reason"], by=person(request), now=timezone.now()
        )
    except NotFound:
        raise
    except Refused as refused:
        refuse(form, refused)
        return _grant(request, pk, form, refused.status)
    messages.success(request, _("Asked. It ends once the chain has agreed."))
    return redirect("approvals:run", pk=run.pk)
