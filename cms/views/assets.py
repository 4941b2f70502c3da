"""The library of assets: look, upload, new versions, the final poster, and what an editor may attach."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cms.forms.assets import AssetForm, DescribeForm, tags_of
from cms.limits import upload_limits
from cms.models import Asset, AssetVersion
from cms.selectors import assets as selectors
from cms.services import assets as verbs
from cms.services import packs
from cms.services.uploads import Upload
from cms.views.taking import Taken, in_part, take
from office.approvals import api as approvals
from office.approvals.models import Run
from office.approvals.selectors.runs import may_ask, runs_about
from office.audit import api as audit
from office.files import api as files
from office.rulebook import api as rulebook
from office.rulebook import sudo
from office.rulebook.guards import permitted, person
from office.staff.models import Employee
from office.subjects import subject_url

#: What a file dialog offers; phones turn their own formats into these.
ACCEPT = "image/jpeg,image/png,image/gif,image/webp,video/mp4,video/webm,video/quicktime,.pdf,.docx,.xlsx,.pptx,.txt"


@require_GET
@permitted(selectors.SEE)
def library(request: HttpRequest) -> HttpResponse:
    """Everything that may be shown on the site, the latest first."""
    wish, given = _wanted(request)
    found = selectors.library(wish)
    context = {
        "assets": found[: selectors.PAGE],
        "next_url": _next(given, found),
        "first_url": f"?{urlencode(given)}" if wish.before else "",
        "given": given,
        "purposes": Asset.Purpose.choices,
        "tags": selectors.tags(),
        "approved": selectors.posters_are_approved(),
        "may_keep": rulebook.may(person(request), verbs.KEEP),
    }
    return render(request, "cms/assets.html", context)


def _wanted(request: HttpRequest) -> tuple[selectors.Wanted, dict[str, str]]:
    """What the address asks for, and the part of it that stays when one pages on."""
    asked = {name: request.GET.get(name, "").strip()[:64] for name in ("q", "kind", "tag", "state", "mine")}
    given = {name: value for name, value in asked.items() if value}
    if given.get("kind") not in Asset.Purpose.values:
        given.pop("kind", None)
    if given.get("state") not in selectors.STATES:
        given.pop("state", None)
    wish = selectors.Wanted(
        text=given.get("q", ""),
        purpose=given.get("kind", ""),
        tag=given.get("tag", ""),
        state=given.get("state", ""),
        mine=person(request).pk if given.get("mine") else None,
        before=before_key(request.GET.get("before", "")),
    )
    return wish, given


def before_key(text: str) -> tuple[datetime, int] | None:
    """ "2026-11-25T10:00:00+00:00,17"; None for what is no such thing."""
    at, _comma, pk = text[:64].rpartition(",")
    try:
        instant = parse_datetime(at)
    except ValueError:
        return None
    if instant is None or instant.tzinfo is None or not (pk.isascii() and pk.isdecimal()):
        return None
    return instant, int(pk[:18])


def _next(given: dict[str, str], found: list[Asset]) -> str:
    if len(found) <= selectors.PAGE:
        return ""
    last = found[selectors.PAGE - 1]
    return "?" + urlencode({**given, "before": f"{last.updated_at.isoformat()},{last.pk}"})


@require_POST
@permitted(selectors.SEE)
@sudo.fresh
def pack(request: HttpRequest) -> HttpResponseBase:
    """The chosen ones in one ZIP; logged. What is no number is nothing."""
    now, asked = timezone.now(), {text[:18] for text in request.POST.getlist("pick")}
    chosen = {int(text) for text in asked if text.isascii() and text.isdecimal()}
    parts = packs.pack_assets(asset_ids=chosen, by=person(request), now=now)
    return files.serve_pack(parts, name=f"{_('Assets')} {timezone.localtime(now):%Y-%m-%d}", at=now)


@require_http_methods(["GET", "POST"])
@permitted(verbs.KEEP)
@files.takes_files(upload_limits)
def add(request: HttpRequest) -> HttpResponse:
    """Upload: one file by the form, many by dropping them."""
    draft = approvals.form_draft(person(request), verbs.FINAL, verbs.NEW, str(_("Upload assets")))
    initial = {"purpose": request.GET.get("kind", ""), **draft.initial}
    form = AssetForm(request.POST if request.method == "POST" else None, initial=initial)
    taken: Taken[Asset] | None = None
    if request.method == "POST" and form.is_valid():
        taken = take(request, upload_limits(), lambda upload: _added(request, form, upload))
        if taken.done is not None and not in_part(request):
            messages.success(request, _("Kept: {name}").format(name=taken.done.title))
            return redirect("cms:asset", pk=taken.done.pk)
    return _upload_page(request, form, taken)


def _added(request: HttpRequest, form: AssetForm, upload: Upload) -> Asset:
    given = form.cleaned_data
    return verbs.add_asset(
        title=given["title"],
        purpose=given["purpose"],
        tags=tags_of(given["tags"]),
        rights=given["rights"],
        upload=upload,
        by=person(request),
        now=timezone.now(),
    )


def _upload_page(request: HttpRequest, form: AssetForm, taken: Taken[Asset] | None) -> HttpResponse:
    fields = [(name, request.POST.get(name, "")) for name in form.fields if request.POST.get(name)]
    context = {
        "form": form,
        "draft": approvals.form_draft(person(request), verbs.FINAL, verbs.NEW, str(_("Upload assets"))),
        "taken": taken,
        "action": request.path,
        "fields": fields,
        "limits": _limits(),
        "accept": ACCEPT,
        "max_bytes": upload_limits().largest(),
    }
    status = taken.status if taken else 422 if form.errors else 200
    template = "cms/_taken.html" if in_part(request) else "cms/asset_new.html"
    return render(request, template, context, status=status)


def _limits() -> list[tuple[str, str]]:
    limits = upload_limits()
    return [
        (str(_("Pictures")), files.readable_size(limits.image)),
        (str(_("Videos")), files.readable_size(limits.video)),
        (str(_("Documents")), files.readable_size(limits.document)),
    ]


@require_GET
@login_required
def asset(request: HttpRequest, pk: int) -> HttpResponse:
    """One asset: how it looks, what can be done, what happened to it."""
    return _asset_page(request, selectors.access_asset(person(request), pk, timezone.now()))


def _asset_page(
    request: HttpRequest, found: Asset, taken: Taken[AssetVersion] | None = None, **context: Any
) -> HttpResponse:
    me, now = person(request), timezone.now()
    runs = runs_about(found.subject, me, now, limit=5)
    live = next((run for run in runs if run.live), None)
    keeps = rulebook.may(me, verbs.KEEP, now)
    draft = approvals.form_draft(me, verbs.FINAL, f"{verbs.VERSION}{found.pk}", found.title)
    context = {
        "asset": found,
        "versions": selectors.versions_of(found),
        "used_in": [(item, subject_url("content", str(item.pk))) for item in selectors.used_in(me, found)],
        "runs": runs,
        "live": live,
        "may_keep": keeps,
        "may_ask": _may_ask(found, me, now, live),
        "approved": found.is_poster and selectors.posters_are_approved(now),
        "timeline": audit.timeline(found.subject),
        "form": DescribeForm(
            initial={"title": found.title, "tags": "，".join(found.tags), "rights": found.rights}
        ),
        "accept": ACCEPT,
        "max_bytes": upload_limits(now).largest(),
        "taken": taken,
        "action": reverse("cms:asset_version", args=[found.pk]),
        "draft": draft,
        "note": request.POST.get("note", draft.initial.get("note", ""))[:200],
        "fields": [(n, request.POST.get(n, "")) for n in ("note", "after") if request.POST.get(n)],
        **context,
    }
    template = "cms/_taken.html" if taken is not None and in_part(request) else "cms/asset.html"
    return render(request, template, context, status=taken.status if taken else context.get("status", 200))


def _may_ask(found: Asset, me: Employee, now: datetime, live: Run | None) -> bool:
    """Whether the button that asks the superior makes sense: his own returned request is asked again."""
    if not found.is_poster or found.newest_is_final or found.retired_at:
        return False
    if live is not None:
        return bool(live.state == "returned" and live.requester_id == me.pk)
    return bool(may_ask(verbs.FINAL, me, now))


@require_POST
@permitted(verbs.KEEP)
@files.takes_files(upload_limits)
def new_version(request: HttpRequest, pk: int) -> HttpResponse:
    """The next version of an asset."""
    after = request.POST.get("after", "")[:9]
    taken = take(
        request,
        upload_limits(),
        lambda upload: verbs.add_version(
            asset_id=pk,
            upload=upload,
            note=request.POST.get("note", "")[:400],
            after=int(after) if after.isdecimal() else None,
            by=person(request),
            now=timezone.now(),
        ),
    )
    if taken.done is not None and not in_part(request):
        messages.success(request, _("Version {number} is there.").format(number=taken.done.number))
        return redirect("cms:asset", pk=pk)
    return _asset_page(request, selectors.access_asset(person(request), pk, timezone.now()), taken)


@require_POST
@permitted(verbs.KEEP)
def describe(request: HttpRequest, pk: int) -> HttpResponse:
    """Title, tags, source and rights."""
    found = selectors.access_asset(person(request), pk, timezone.now())
    form = DescribeForm(request.POST)
    if not form.is_valid():
        return _asset_page(request, found, form=form, status=422)
    given = form.cleaned_data
    verbs.describe_asset(
        asset_id=pk,
        title=given["title"],
        tags=tags_of(given["tags"]),
        rights=given["rights"],
        by=person(request),
        now=timezone.now(),
    )
    messages.success(request, _("Saved."))
    return redirect("cms:asset", pk=pk)


@require_POST
@permitted(verbs.KEEP)
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Offered no more, or again."""
    retired = request.POST.get("retired") == "1"
    verbs.set_retired(asset_id=pk, retired=retired, by=person(request), now=timezone.now())
    messages.success(request, _("Retired.") if retired else _("It is offered again."))
    return redirect("cms:asset", pk=pk)


@require_POST
@permitted(verbs.KEEP)
def ask_final(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the superior whether the poster is final."""
    run = verbs.ask_final(
        asset_id=pk, by=person(request), now=timezone.now(), comment=request.POST.get("comment", "")[:500]
    )
    messages.success(request, _("Your superior is asked to agree."))
    return redirect("approvals:run", pk=run.pk)


@require_GET
@login_required
def asset_file(request: HttpRequest, pk: int, number: int) -> HttpResponseBase:
    """The bytes of one version; ?download=1 saves a picture instead of showing it."""
    stored = selectors.access_file(person(request), pk, number, timezone.now())
    return files.serve(request, stored, download=bool(request.GET.get("download")))


@require_GET
@login_required
def asset_preview(request: HttpRequest, pk: int, number: int) -> HttpResponseBase:
    """A small version of a picture."""
    return files.serve_preview(request, selectors.access_file(person(request), pk, number, timezone.now()))


@require_GET
@permitted(selectors.SEE)
def picker(request: HttpRequest) -> HttpResponse:
    """A list for an editor to choose attachments from: each button carries data-sha256, data-name, data-url."""
    family = request.GET.get("family", "")
    family = family if family in ("image", "video", "document") else ""
    text = request.GET.get("q", "").strip()[:64]
    context = {"found": selectors.attachable(text, family, timezone.now()), "q": text, "family": family}
    return render(request, "cms/_picker.html", context)
