"""The record of security updates, and the two documents."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.forms.fields import number, refuse
from accounts.forms.records import AdvisoryForm, SignForm, TextForm
from accounts.models import AdvisoryFile, SecurityReport
from accounts.selectors import procedures as selectors
from accounts.services import advisories as feed
from accounts.services import procedures as procedure_verbs
from accounts.services import security as verbs
from office.audit import api as audit
from office.errors import NotFound, Refused
from office.files import api as files
from office.rulebook.guards import entered, permitted, person

PAGE = 50


@require_GET
@permitted(feed.MAY)
def security(request: HttpRequest) -> HttpResponse:
    """The reports, newest first; sending the file of advisories in."""
    return _security(request)


def _security(request: HttpRequest, upload: AdvisoryForm | None = None, status: int = 200) -> HttpResponse:
    now = timezone.now()
    newest = AdvisoryFile.objects.select_related("file", "by").order_by("-at", "-pk").first()
    before = number(request.GET.get("before"))
    found = SecurityReport.objects.select_related("signature", "signature__by").defer("packages")
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-pk")[: PAGE + 1])
    context = {
        "rows": rows[:PAGE],
        "more": rows[PAGE - 1].pk if len(rows) > PAGE else None,
        "place": feed.FILE,
        "there": newest is not None or feed.place().is_file(),
        "newest": newest,
        "upload": (upload or AdvisoryForm(now=now)) if feed.takes(now) else None,
        "now": now,
    }
    return render(request, "accounts/security.html", context, status=status)


@require_POST
@permitted(feed.MAY)
@files.takes_files(lambda: feed.limits(timezone.now()))
def advisories(request: HttpRequest) -> HttpResponseBase:
    """The file of advisories, sent in."""
    now = timezone.now()
    try:
        content, name = files.sent_file(request, feed.limits(now))
        made = feed.take(content=content, name=name, by=person(request), now=now)
    except Refused as refused:
        if not feed.takes(now):
            raise
        form = AdvisoryForm({}, now=now)
        form.add_error("file", str(refused.message))
        return _security(request, form, refused.status)
    messages.success(request, _("Kept, and compared with what is installed."))
    return redirect("accounts:security_file", pk=made.pk)


def _advisories(pk: int) -> AdvisoryFile:
    found: AdvisoryFile | None = AdvisoryFile.objects.select_related("file", "by").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such file."))
    return found


@require_GET
@permitted(feed.MAY)
def security_file(request: HttpRequest, pk: int) -> HttpResponse:
    """One file that was sent in, and what it found."""
    found = _advisories(pk)
    context = {"found": found, "rows": audit.timeline(found.subject)}
    return render(request, "accounts/security_file.html", context)


@require_GET
@permitted(feed.MAY)
def security_file_content(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Its bytes."""
    return files.serve(request, _advisories(pk).file)


@require_http_methods(["GET", "POST"])
@permitted(feed.MAY)
def security_report(request: HttpRequest, pk: int) -> HttpResponse:
    """One report; signing it."""
    found = SecurityReport.objects.select_related("signature", "signature__by").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such report."))
    form = SignForm(request.POST or None)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            verbs.sign(report_id=pk, by=person(request), now=timezone.now(), **form.cleaned_data)
            messages.success(request, _("Signed."))
            return redirect("accounts:security_report", pk=pk)
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
    context = {
        "report": found,
        "packages": sorted(found.packages.items()),
        "form": form,
        "signature": getattr(found, "signature", None),
        "rows": audit.timeline(found.subject),
        "now": timezone.now(),
    }
    return render(request, "accounts/security_report.html", context, status=status)


@require_GET
@login_required
def procedures(request: HttpRequest) -> HttpResponse:
    """Both documents, and who has not read them for whoever draws them up."""
    me, now = person(request), timezone.now()
    writes = procedure_verbs.WRITE in entered(request).permissions
    context = {"documents": selectors.documents(me, now, names=writes), "writes": writes}
    return render(request, "accounts/procedures.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def procedure(request: HttpRequest, code: str) -> HttpResponse:
    """Read one; a button says that it was read."""
    me, now, refusal = person(request), timezone.now(), None
    if request.method == "POST":
        try:
            procedure_verbs.acknowledge(procedure_id=number(request.POST.get("version")) or 0, by=me, now=now)
            messages.success(request, _("Thank you: it is noted that you have read it."))
            return redirect("accounts:procedures")
        except NotFound:
            raise
        except Refused as refused:
            refusal = refused
    found = next((each for each in selectors.documents(me, now, names=False) if each.code == code), None)
    if found is None or found.last is None:
        raise Http404
    context = {"document": found, "refused": refusal, "rows": audit.timeline(found.last.subject)}
    return render(request, "accounts/procedure.html", context, status=refusal.status if refusal else 200)


@require_http_methods(["GET", "POST"])
@permitted(procedure_verbs.WRITE)
def write(request: HttpRequest, code: str) -> HttpResponse:
    """The next version of one."""
    now = timezone.now()
    if code not in selectors.codes(now):
        raise Http404
    last = selectors.latest(code)
    form = TextForm(request.POST or None, initial={"text": last.text if last else ""})
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            procedure_verbs.publish(code=code, text=form.cleaned_data["text"], by=person(request), now=now)
            messages.success(request, _("It is in force. Those concerned are asked to read it."))
            return redirect("accounts:procedures")
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
    context = {"form": form, "name": selectors.name_of(code, now), "last": last}
    return render(request, "accounts/procedure_write.html", context, status=status)
