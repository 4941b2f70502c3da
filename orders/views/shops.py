"""Shops: list, edit, secrets, and who works a restricted one. For those who may manage shops."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from office.audit import api as audit
from office.errors import Conflict, Invalid, Refused
from office.rulebook.guards import permitted, person
from orders.forms.shops import NewShopForm, PersonForm, SecretForm, ShopForm
from orders.models import Shop
from orders.selectors import shops as selectors
from orders.selectors.doors import HOOK_PLATFORMS
from orders.services import shops as verbs

MANAGE = "orders.manage_shops"


def _shop(pk: int) -> Shop:
    shop = Shop.objects.filter(pk=pk).first()
    if shop is None:
        raise Http404
    return shop


def _explain(form: BaseForm, refused: Refused) -> None:
    """What a verb refused, beside the fields it speaks of."""
    told = refused.errors if isinstance(refused, Invalid) else []
    for error in told:
        form.add_error(error["path"] if error["path"] in form.fields else None, error["message"])
    if not told:
        form.add_error(None, str(refused.message))


def hook_address(shop: Shop) -> str:
    """The address to paste where the shop sends from."""
    if shop.platform == Shop.Platform.SHOPIFY:
        path = reverse("hooks:shopify_hook")
    elif shop.platform == Shop.Platform.WOOCOMMERCE:
        path = reverse("hooks:woocommerce_hook", args=[shop.code])
    else:
        path = reverse("api:orders")
    return str(settings.SITE_URL).rstrip("/") + path


def _edit_page(request: HttpRequest, shop: Shop, status: int = 200, **forms: Any) -> HttpResponse:
    now = timezone.now()
    kept = selectors.secrets_of(shop)
    context = {
        "shop": shop,
        "form": ShopForm(instance=shop),
        "secret_form": SecretForm(),
        "person_form": PersonForm(people=selectors.grantable(shop)),
        "workers": selectors.workers_of(shop),
        "secrets": [secret for secret in kept if secret.counts(now)],
        "secret_version": selectors.secret_version(shop),
        "receipts": selectors.receipts_of(shop),
        "timeline": audit.timeline(verbs.subject_of_shop(shop)),
        "address": hook_address(shop),
        "by_api": shop.platform not in HOOK_PLATFORMS,
        **forms,
    }
    return render(request, "orders/shops_edit.html", context, status=status)


@require_GET
@permitted(MANAGE)
def shop_list(request: HttpRequest) -> HttpResponse:
    return render(request, "orders/shops.html", {"shops": selectors.listed_shops()})


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(MANAGE)
def add_shop(request: HttpRequest) -> HttpResponse:
    form = NewShopForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            shop = verbs.add_shop(**form.cleaned_data, by=person(request), now=timezone.now())
            return redirect("orders:shop", shop.pk)
        except (Invalid, Conflict) as refused:
            _explain(form, refused)
    return render(request, "orders/shops_new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(MANAGE)
def shop(request: HttpRequest, pk: int) -> HttpResponse:
    found = _shop(pk)
    if request.method != "POST":
        return _edit_page(request, found)
    form = ShopForm(request.POST, instance=_shop(pk))
    if form.is_valid():
        try:
            verbs.update_shop(shop_id=pk, **form.cleaned_data, by=person(request), now=timezone.now())
            messages.success(request, _("The shop is saved."))
            return redirect("orders:shop", pk)
        except Invalid as refused:
            _explain(form, refused)
    return _edit_page(request, found, 422, form=form)


@require_POST
@permitted(MANAGE)
def set_secret(request: HttpRequest, pk: int) -> HttpResponse:
    found, form = _shop(pk), SecretForm(request.POST)
    if form.is_valid():
        try:
            verbs.set_shop_secret(
                shop_id=pk,
                secret=form.cleaned_data["secret"],
                expect=request.POST.get("version"),
                by=person(request),
                now=timezone.now(),
            )
            messages.success(
                request, _("The secret is kept, sealed. The one before it counts for 24 more hours.")
            )
            return redirect("orders:shop", pk)
        except (Invalid, Conflict) as refused:
            _explain(form, refused)
    return _edit_page(request, found, 422, secret_form=form)


@require_POST
@never_cache
@permitted(MANAGE)
def new_secret(request: HttpRequest, pk: int) -> HttpResponse:
    """Shown in the answer to this very request and never again."""
    found = _shop(pk)
    secret = verbs.new_api_secret(
        shop_id=pk, expect=request.POST.get("version"), by=person(request), now=timezone.now()
    )
    context = {"shop": found, "secret": secret, "address": hook_address(found)}
    return render(request, "orders/shops_secret.html", context)


@require_POST
@permitted(MANAGE)
def end_overlap(request: HttpRequest, pk: int) -> HttpResponse:
    verbs.end_secret_overlap(shop_id=pk, by=person(request), now=timezone.now())
    messages.success(request, _("Only the current secret counts now."))
    return redirect("orders:shop", pk)


@require_POST
@permitted(MANAGE)
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    found = _shop(pk)
    form = PersonForm(request.POST, people=selectors.grantable(found))
    if form.is_valid():
        verbs.grant_shop(
            shop_id=pk, employee_id=form.cleaned_data["person"].pk, by=person(request), now=timezone.now()
        )
        return redirect("orders:shop", pk)
    return _edit_page(request, found, 422, person_form=form)


@require_POST
@permitted(MANAGE)
def revoke(request: HttpRequest, pk: int, employee_id: int) -> HttpResponse:
    verbs.revoke_shop(shop_id=pk, employee_id=employee_id, by=person(request), now=timezone.now())
    return redirect("orders:shop", pk)
