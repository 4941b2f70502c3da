"""Asking to put a product's SKUs on sale on a channel, or to take them off."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalog.models import Channel, Product
from catalog.selectors import goods
from catalog.selectors.checklist import checklist
from catalog.selectors.pages import skus_on
from catalog.services import listing as verbs
from catalog.subjects import shelf_subject
from catalog.views.goods import VIEW
from office.approvals import api as approvals
from office.errors import NotFound, Refused
from office.rulebook import api as rulebook
from office.rulebook.guards import permitted, person


@require_http_methods(["GET", "POST"])
@permitted(VIEW)
def ask_listing(request: HttpRequest, product: int, channel: int) -> HttpResponse:
    """Which SKUs, beside the checklist of what is there and what is missing."""
    return _ask(request, verbs.LIST, product, channel)


@require_http_methods(["GET", "POST"])
@permitted(VIEW)
def ask_delisting(request: HttpRequest, product: int, channel: int) -> HttpResponse:
    """Which SKUs, and why."""
    return _ask(request, verbs.DELIST, product, channel)


def _ask(request: HttpRequest, kind: str, product_id: int, channel_id: int) -> HttpResponse:
    me, now = person(request), timezone.now()
    if not approvals.may_ask(kind, me, now):
        raise PermissionDenied
    product, channel = _shelf(product_id, channel_id)
    subject = shelf_subject(product, channel)
    runs = [run for run in approvals.runs_about(subject, me, now) if run.kind == kind]
    again = next((run for run in runs if run.state == "returned" and run.requester_id == me.pk), None)
    draft = approvals.form_draft(me, kind, subject.id, subject.label)
    skus = skus_on(product, channel, listed=kind == verbs.DELIST)
    typed = request.POST if request.method == "POST" else draft.data
    checked = {int(pk) for pk in typed.getlist("skus") if pk.isdecimal() and len(pk) < 16} if typed else None
    if checked is None:
        named = {row["sku"] for row in again.payload["rows"]} if again else set()
        checked = named or ({sku.pk for sku in skus} if kind == verbs.LIST else set())
    words = (typed.get("words", "") if typed else again.payload["reason"] if again else "")[:500]
    refusal: Refused | None = None
    if request.method == "POST":
        try:
            if kind == verbs.LIST:
                run = verbs.ask_listing(
                    product_id=product.pk, channel_id=channel.pk, sku_ids=sorted(checked), by=me, now=now,
                    comment=words, again=again,
                )  # fmt: skip
            else:
                run = verbs.ask_delisting(
                    product_id=product.pk, channel_id=channel.pk, sku_ids=sorted(checked), by=me, now=now,
                    reason=words, again=again,
                )  # fmt: skip
        except Refused as refused:
            refusal = refused
        else:
            messages.success(request, _("It is asked for."))
            return redirect("approvals:run", run.pk)
    context = {
        "kind": "listing" if kind == verbs.LIST else "delisting",
        "clause": rulebook.chain_rule(kind, at=now).clause,
        "product": product,
        "channel": channel,
        "skus": skus,
        "checked": checked,
        "words": words,
        "items": checklist(product, channel, skus, now) if kind == verbs.LIST else [],
        "draft": draft,
        "again": again,
        "running": next((run for run in runs if run.live and run != again), None),
        "refusal": refusal,
        "errors": getattr(refusal, "errors", []),
    }
    return render(request, "catalog/listing.html", context, status=refusal.status if refusal else 200)


def _shelf(product_id: int, channel_id: int) -> tuple[Product, Channel]:
    product = goods.access_product(product_id)
    channel = Channel.objects.filter(pk=channel_id, active=True).first()
    if channel is None:
        raise NotFound(_("There is no such channel."))
    return product, channel
