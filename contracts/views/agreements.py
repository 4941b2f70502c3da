"""Contracts: the list, one contract with its versions, drawing, signing, comparing; the clause library."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contracts.forms.acts import Offer, number, refuse, sent
from contracts.forms.agreements import AskForm, ClauseForm, OpenForm, SignForm, VersionForm, WhyForm, shown
from contracts.limits import upload_limits
from contracts.models import ContractSignature, ContractVersion
from contracts.printing.contract import contract_pdf
from contracts.rules import wording
from contracts.rules.compare import changed_terms, side_by_side
from contracts.rules.terms import BY_NAME, PARAMETERS
from contracts.selectors import agreement_pages as pages
from contracts.selectors import library as texts
from contracts.selectors import terms
from contracts.services import agreements as verbs
from contracts.services.departing import ask_terms
from contracts.services.library import revise_clause
from office.errors import NotFound, Refused
from office.files import api as files
from office.rulebook.guards import entered, permitted, person

VIEW, KEEP, REVISE = "contracts.view", "contracts.suppliers", "contracts.library"


@require_GET
@permitted(VIEW)
def contracts(request: HttpRequest) -> HttpResponse:
    """Newest first; what waits for signatures or runs out on its own tab."""
    state = request.GET.get("state", "")
    state = state if state in pages.STATES else ""
    before = number(request.GET.get("before"))
    lines, following = pages.contract_list(state, before=before, at=timezone.now())
    kept = f"state={state}&" if state else ""
    context = {
        "lines": lines,
        "state": state,
        "next_url": f"?{kept}before={following}" if following else "",
        "first_url": f"?{kept}" if before else "",
        "may": entered(request).permissions,
    }
    return render(request, "contracts/contracts.html", context)


@require_http_methods(["GET", "POST"])
@permitted(KEEP)
def contract_new(request: HttpRequest) -> HttpResponse:
    form = OpenForm(request.POST or None, initial={"supplier": number(request.GET.get("supplier"))})
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        try:
            made = verbs.open_contract(
                supplier_id=said.pop("supplier").pk, **said, by=person(request), now=timezone.now()
            )
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
        else:
            return redirect("contracts:version_new", pk=made.pk)
    title = _("New contract")
    return render(request, "contracts/form.html", {"form": form, "title": title}, status=status)


@require_GET
@permitted(VIEW)
def contract(request: HttpRequest, pk: int) -> HttpResponse:
    return show(request, pk)


def show(
    request: HttpRequest, pk: int, *, bound: dict[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    """The record, with what was refused and typed."""
    now = timezone.now()
    page, may = pages.contract_page(pk, now), entered(request).permissions
    shown_version = page.line.current or page.line.newest
    context = {
        "page": page,
        "contract": page.line.contract,
        "shown": shown_version,
        "terms": _terms(shown_version) if shown_version else [],
        "offers": _offers(page, bound or {}) if KEEP in may else [],
        "may": may,
    }
    return render(request, "contracts/contract.html", context, status=status)


def _terms(version: ContractVersion) -> list[tuple[str, str, str]]:
    """(label, value, clause) of every term that the paper says."""
    return [
        (str(each.label), shown(each, version.terms[each.name]), each.clause)
        for each in PARAMETERS
        if each.name in version.terms
    ]


def _offers(page: pages.ContractPage, bound: dict[str, forms.Form]) -> list[Offer]:
    if page.line.state == "ended":
        return []
    found = []
    if page.open_sides:
        form = bound.get("sign") or SignForm(open_sides=page.open_sides, auto_id="sign-%s")
        found.append(Offer("sign", _("Keep a signed scan"), form, opened=True, file=True))
    if page.to_ask is not None:
        form = bound.get("terms") or AskForm(auto_id="terms-%s")
        found.append(
            Offer("terms", _("Ask for the agreement to its terms"), form, opened=not page.open_sides)
        )
    if page.line.current is not None and page.line.contract.not_renewed_at is None:
        form = bound.get("run_out") or WhyForm(auto_id="out-%s")
        found.append(Offer("run_out", _("Let it run out, not renewed"), form))
    form = bound.get("end") or WhyForm(auto_id="end-%s")
    effect = _("From now on nothing more is ordered under it. What was ordered goes on. This is not undone.")
    return [*found, Offer("end", _("End the contract now"), form, ask=effect)]


KEYS = ("sign", "terms", "run_out", "end")


@require_POST
@permitted(KEEP)
@files.takes_files(upload_limits)
def contract_act(request: HttpRequest, pk: int, key: str) -> HttpResponseBase:
    """One of KEYS; what was refused shows the contract as it is now, with what was typed."""
    if key not in KEYS:
        raise Http404
    me, now = person(request), timezone.now()
    page = pages.contract_page(pk, now)
    form: forms.Form = WhyForm(request.POST, auto_id=f"{'out' if key == 'run_out' else 'end'}-%s")
    if key == "sign":
        form = SignForm(request.POST, request.FILES, open_sides=["ours", "theirs"], auto_id="sign-%s")
    if key == "terms":
        form = AskForm(request.POST, auto_id="terms-%s")
    if not form.is_valid():
        return show(request, pk, bound={key: form}, status=422)
    try:
        if key in ("sign", "terms"):
            newest = page.line.newest
            if newest is None:
                raise NotFound(_("There is no such version."))
            if key == "terms":
                run = ask_terms(version_id=newest.pk, **form.cleaned_data, by=me, now=now)
                return redirect("approvals:run", pk=run.pk)
            verbs.sign(version_id=newest.pk, **sent(form), by=me, now=now)
        else:
            verb = verbs.let_run_out if key == "run_out" else verbs.end_contract
            verb(contract_id=pk, reason=form.cleaned_data["reason"], by=me, now=now)
    except NotFound:
        raise
    except Refused as refused:
        refuse(form, refused)
        return show(request, pk, bound={key: form}, status=refused.status)
    messages.success(request, _("Recorded."))
    return redirect("contracts:contract", pk=pk)


@require_http_methods(["GET", "POST"])
@permitted(KEEP)
def version_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Drawing the first version, or an amendment that starts from the last one."""
    me, now = person(request), timezone.now()
    found = pages.access_contract(pk)
    last = found.versions.order_by("-n").first()
    known: dict[str, Any] = {"our_name": terms.our_name(now)}
    if last is not None:
        known |= {"starts_on": last.starts_on, "ends_on": last.ends_on}
    form = VersionForm(request.POST or None, last=last, now=now, initial=known)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            version = verbs.put_version(contract_id=pk, **form.asked(), by=me, now=now)
        except NotFound:
            raise
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
        else:
            messages.success(request, _("Drawn. Print two originals, have both sides sign, keep the scans."))
            return redirect("contracts:contract", pk=version.contract_id)
    return render(
        request, "contracts/version.html", {"form": form, "contract": found, "last": last}, status=status
    )


@require_GET
@permitted(VIEW)
def version_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper to print: both originals."""
    version = _version(pk)
    answer = HttpResponse(contract_pdf(version), content_type="application/pdf")
    name = f"{version.contract.number}-{version.n}.pdf"
    answer["Content-Disposition"] = content_disposition_header(False, name) or ""
    return answer


@require_GET
@permitted(VIEW)
def signature_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = ContractSignature.objects.select_related("file").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such file."))
    return files.serve(request, found.file)


@require_GET
@permitted(VIEW)
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """A version beside the one before it, or beside the one asked for."""
    after = _version(pk)
    others = list(after.contract.versions.exclude(pk=pk).order_by("n"))
    wanted = number(request.GET.get("with"))
    before = next((each for each in others if each.n == (wanted or after.n - 1)), None)
    if before is None:
        raise NotFound(_("There is no such version."))
    if before.n > after.n:
        before, after = after, before
    changed = [
        (
            BY_NAME[name].label,
            shown(BY_NAME[name], before.terms[name]),
            shown(BY_NAME[name], after.terms[name]),
        )
        for name in changed_terms(before.terms, after.terms)
        if name in BY_NAME and name in before.terms and name in after.terms
    ]
    context = {
        "before": before,
        "after": after,
        "contract": after.contract,
        "terms": changed,
        "pairs": side_by_side(before.clauses, after.clauses),
        "others": [each for each in others if each.pk != before.pk],
    }
    return render(request, "contracts/compare.html", context)


def _version(pk: int) -> ContractVersion:
    found: ContractVersion | None = (
        ContractVersion.objects.select_related("contract__supplier").filter(pk=pk).first()
    )
    if found is None:
        raise NotFound(_("There is no such version."))
    return found


@require_GET
@permitted(VIEW)
def clauses(request: HttpRequest) -> HttpResponse:
    """The library that contracts are drawn from."""
    return render(request, "contracts/clauses.html", {"clauses": texts.library()})


@require_http_methods(["GET", "POST"])
@permitted(VIEW)
def clause(request: HttpRequest, clause_id: str) -> HttpResponse:
    """A clause: its wording, what may stand in it, its revisions; the department manager revises it."""
    current = next((each for each in texts.library() if each.id == clause_id), None)
    if current is None:
        raise NotFound(_("There is no such clause."))
    may, status = REVISE in entered(request).permissions, 200
    known = {"title": current.title, "text": current.text, "seen": current.n}
    form = ClauseForm(request.POST or None, initial=known)
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                revise_clause(
                    clause_id=clause_id, **form.cleaned_data, by=person(request), now=timezone.now()
                )
            except Refused as refused:
                refuse(form, refused)
                status = refused.status
            else:
                messages.success(request, _("Contracts drawn from now on say this. Those drawn before stay."))
                return redirect("contracts:clauses")
    context = {
        "clause": current,
        "form": form if may else None,
        "parameters": [BY_NAME[name] for name in sorted(wording.belonging(clause_id))],
        "history": texts.history(clause_id),
        "shipped": next(each for each in wording.shipped() if each.id == clause_id),
    }
    return render(request, "contracts/clause.html", context, status=status)
