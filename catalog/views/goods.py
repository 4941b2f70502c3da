"""Products: the list, the page of one, adding and changing; channels and categories."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.forms.goods import (
    CategoryForm,
    ChannelForm,
    NameForm,
    PictureForm,
    ProductForm,
    SkuChange,
    SkuForm,
)
from catalog.forms.planning import DeclineForm
from catalog.models import Category, Channel
from catalog.selectors import content, goods, pages, planning
from catalog.selectors.tree import branches, paths
from catalog.services import goods as verbs
from catalog.services.debuts import decline_debut
from catalog.services.pricing import set_cost
from catalog.views.answers import explain, number
from office.approvals import api as approvals
from office.errors import Invalid, Refused
from office.rulebook.guards import entered, permitted, person

VIEW, MANAGE, COST = "catalog.view", "catalog.manage", "catalog.view_cost"
PICTURES, TABLES = "catalog.pictures", "catalog.price_tables"


@require_GET
@permitted(VIEW)
def products(request: HttpRequest) -> HttpResponse:
    """The list: searched, filtered, a page by key."""
    asked = request.GET
    filters = product_filters(asked)
    lines, following = pages.product_list(filters, timezone.now())
    kept = {key: asked[key] for key in ("q", "category", "channel", "on") if asked.get(key)}
    context = {
        "lines": lines,
        "filters": filters,
        "categories": branches(),
        "channels": Channel.objects.filter(active=True),
        "next_url": f"?{urlencode({**kept, 'before': following})}" if following else "",
        "first_url": f"?{urlencode(kept)}" if filters.before is not None else "",
        "may": entered(request).permissions,
        "kept": kept,
    }
    return render(request, "catalog/products.html", context)


def product_filters(asked: QueryDict) -> pages.Filters:
    """What the list is narrowed to, out of an address or a form."""
    on = asked.get("on", "")
    return pages.Filters(
        query=asked.get("q", "").strip()[:60],
        category=number(asked.get("category")),
        channel=number(asked.get("channel")),
        on=on if on in pages.ON else "",
        before=number(asked.get("before")),
    )


@require_GET
@permitted(VIEW)
def product(request: HttpRequest, pk: int) -> HttpResponse:
    """Facts, what can be done now, the timeline."""
    return product_response(request, pk)


def product_response(request: HttpRequest, pk: int, *, status: int = 200, **more: Any) -> HttpResponse:
    """The product's page; `more`: a form that was refused. Raises NotFound."""
    found, now, me = goods.access_product(pk), timezone.now(), person(request)
    may = entered(request).permissions
    lines, channels = pages.sku_lines(found, now)
    skus = [line.sku for line in lines]
    context = {
        "product": found,
        "path": paths([found.category_id])[found.category_id],
        "lines": lines,
        "channels": channels,
        "pictures": content.pictures_of(pk),
        "final": content.final_text(pk),
        "versions": content.texts_of(pk)[:1],
        "runs": pages.requests_about(found, [sku.pk for sku in skus]) if may & {MANAGE, COST} else [],
        "open_to_list": {cell.channel.pk for line in lines for cell in line.cells if not cell.listed},
        "open_to_delist": {cell.channel.pk for line in lines for cell in line.cells if cell.listed},
        "timeline": pages.moments(found, skus),
        "may": may,
        "asks": {
            kind: approvals.may_ask(f"catalog.{kind}", me, now)
            for kind in ("price", "listing", "delisting", "text")
        },
        "picture_form": (form := more.get("picture_form", PictureForm())),
        "picture_fields": [("caption", form["caption"].value() or "")],
        "debut": planning.debut_of(found),
        "decline_form": DeclineForm(),
        "picks": planning.picks_now([sku.pk for sku in skus], now),
        **more,
    }
    return render(request, "catalog/product.html", context, status=status)


@require_POST
@permitted(MANAGE)
def product_decline(request: HttpRequest, pk: int) -> HttpResponse:
    """A new product will not be published, for a reason."""
    form = DeclineForm(request.POST)
    if form.is_valid():
        try:
            decline_debut(
                product_id=pk, reason=form.cleaned_data["reason"], by=person(request), now=timezone.now()
            )
        except Invalid as refused:
            explain(form, refused)
        else:
            messages.success(request, _("Noted: it will not be published."))
            return redirect("catalog:product", pk)
    return product_response(request, pk, status=422, decline_form=form)


@require_http_methods(["GET", "POST"])
@permitted(MANAGE)
def product_new(request: HttpRequest) -> HttpResponse:
    form = ProductForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = verbs.add_product(
            title=given["title"], category_id=given["category"].pk, brand=given["brand"],
            by=person(request), now=timezone.now(),
        )  # fmt: skip
        return redirect("catalog:sku_new", made.pk)
    title = _("New product")
    return _form_page(request, form, title, hint=_("Then come its SKUs, pictures and text."))


@require_http_methods(["GET", "POST"])
@permitted(MANAGE)
def product_edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = goods.access_product(pk)
    initial = {"title": found.title, "category": found.category_id, "brand": found.brand}
    form = ProductForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        verbs.update_product(
            product_id=pk, title=given["title"], category_id=given["category"].pk, brand=given["brand"],
            by=person(request), now=timezone.now(),
        )  # fmt: skip
        messages.success(request, _("Saved."))
        return redirect("catalog:product", pk)
    return _form_page(request, form, found.title, back=found.pk)


@require_http_methods(["GET", "POST"])
@permitted(MANAGE)
def sku_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a SKU, and another one after it."""
    found = goods.access_product(pk)
    form = SkuForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = verbs.add_sku(product_id=pk, **form.cleaned_data, by=person(request), now=timezone.now())
        except Refused as refused:
            explain(form, refused)
        else:
            messages.success(request, _("{code} was added.").format(code=made.code))
            return (
                redirect("catalog:sku_new", pk)
                if request.POST.get("more")
                else redirect("catalog:product", pk)
            )
    title = _("New SKU of {product}").format(product=found.title)
    return _form_page(request, form, title, back=pk, another=True)


@require_http_methods(["GET", "POST"])
@permitted(MANAGE)
def sku_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Specification, barcode, cost; in the range or not."""
    found = goods.access_sku(pk)
    initial = {"spec": found.spec, "barcode": found.barcode, "cost": found.cost, "active": found.active}
    form = SkuChange(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given, me, now = form.cleaned_data, person(request), timezone.now()
        try:
            with transaction.atomic():
                set_cost(sku_id=pk, cost=given["cost"], by=me, now=now)
                verbs.update_sku(
                    sku_id=pk,
                    spec=given["spec"],
                    barcode=given["barcode"],
                    active=given["active"],
                    by=me,
                    now=now,
                )
        except Refused as refused:
            explain(form, refused)
        else:
            messages.success(request, _("Saved."))
            return redirect("catalog:product", found.product_id)
    hint = _("Another cost makes a price that is being decided void: it was measured by the old one.")
    return _form_page(request, form, found.label, back=found.product_id, hint=hint)


def _form_page(
    request: HttpRequest, form: object, title: str, *, back: int = 0, hint: str = "", another: bool = False
) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "title": title, "back": back, "hint": hint, "another": another}
    return render(request, "catalog/form.html", context, status=status)


@require_http_methods(["GET", "POST"])
@permitted(MANAGE)
def ranges(request: HttpRequest) -> HttpResponse:
    """Channels and categories; POST adds one of them."""
    word = request.POST.get("what", "")
    new_channel = ChannelForm(request.POST if word == "channel" else None)
    new_category = CategoryForm(request.POST if word == "category" else None)
    form = {"channel": new_channel, "category": new_category}.get(word)
    if form is not None and form.is_valid():
        given, me, now = form.cleaned_data, person(request), timezone.now()
        try:
            if word == "channel":
                verbs.add_channel(code=given["code"], name=given["name"], by=me, now=now)
            else:
                verbs.add_category(name=given["name"], parent_id=_key(given["parent"]), by=me, now=now)
        except Refused as refused:
            explain(form, refused)
        else:
            messages.success(request, _("Saved."))
            return redirect("catalog:ranges")
    context = {
        "channels": Channel.objects.order_by("-active", "code"),
        "categories": branches(active=False),
        "new_channel": new_channel,
        "new_category": new_category,
    }
    return render(request, "catalog/ranges.html", context, status=422 if request.method == "POST" else 200)


def _key(found: Category | None) -> int | None:
    return found.pk if found else None


@require_POST
@permitted(MANAGE)
def range_edit(request: HttpRequest, what: str, pk: str) -> HttpResponse:
    """Another name, or out of use."""
    form = (NameForm if what == "channel" else CategoryForm)(request.POST)
    if not form.is_valid():
        messages.error(request, _("A name has between 1 and 80 characters."))
        return redirect("catalog:ranges")
    given, me, now = form.cleaned_data, person(request), timezone.now()
    try:
        if what == "channel":
            verbs.update_channel(
                channel_id=int(pk), name=given["name"], active=given["active"], by=me, now=now
            )
        else:
            verbs.update_category(
                category_id=int(pk), name=given["name"], active=given["active"],
                parent_id=_key(given["parent"]), by=me, now=now,
            )  # fmt: skip
    except Refused as refused:
        if refused.status == 404:
            raise
        told = [error["message"] for error in getattr(refused, "errors", [])]
        messages.error(request, " ".join(told) or str(refused.message))
    else:
        messages.success(request, _("Saved."))
    return redirect("catalog:ranges")
