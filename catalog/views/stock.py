"""Stock: the list, one SKU with what moves it, goods that could not be matched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog.forms.stock import BackForm, ClearForm, CorrectForm, DismissForm, MatchForm, ReceiveForm
from catalog.models import StockMovement
from catalog.selectors import goods
from catalog.selectors import stock as selectors
from catalog.selectors.tree import branches
from catalog.services.stock import moving, orders
from catalog.services.stock.writing import CLEAR, MOVE, limits
from catalog.views.answers import explain, number
from office.errors import NotFound, Refused
from office.rulebook.guards import entered, permitted, person

VIEW = "catalog.view_stock"


@require_GET
@permitted(VIEW)
def stock(request: HttpRequest) -> HttpResponse:
    """Every SKU with what is left of it."""
    asked = request.GET
    filters = stock_filters(asked)
    rows, following = selectors.stock_list(filters)
    kept = {key: asked[key] for key in ("q", "category", "state") if asked.get(key)}
    context = {
        "rows": rows,
        "filters": filters,
        "categories": branches(),
        "numbers": selectors.numbers(),
        "next_url": f"?{urlencode({**kept, 'after': following})}" if following else "",
        "first_url": f"?{urlencode(kept)}" if filters.after else "",
        "kept": kept,
    }
    return render(request, "catalog/stock.html", context)


def stock_filters(asked: QueryDict) -> selectors.Filters:
    """What the list is narrowed to, out of an address or a form."""
    state = asked.get("state", "")
    return selectors.Filters(
        query=asked.get("q", "").strip()[:60],
        category=number(asked.get("category")),
        state=state if state in selectors.STATES else "",
        after=asked.get("after", "")[:40],
    )


@require_GET
@permitted(VIEW)
def sku_stock(request: HttpRequest, pk: int) -> HttpResponse:
    """Facts, what can be done now, what moved it."""
    return _page(request, pk)


Verb = Callable[[HttpRequest, int, Mapping[str, Any]], StockMovement]
#: act → (its form, its verb, the permission)
ACTS: dict[str, tuple[type[forms.Form], Verb, str]] = {
    "receive": (
        ReceiveForm,
        lambda request, pk, data: moving.receive(sku_id=pk, by=person(request), now=timezone.now(), **data),
        MOVE,
    ),
    "clear": (
        ClearForm,
        lambda request, pk, data: moving.clear_stock(
            sku_id=pk, by=person(request), now=timezone.now(), **data
        ),
        CLEAR,
    ),
    "correct": (
        CorrectForm,
        lambda request, pk, data: moving.correct_stock(
            sku_id=pk, by=person(request), now=timezone.now(), **data
        ),
        MOVE,
    ),
}


@require_POST
@permitted(VIEW)
def move(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """One of the acts; what is refused stays in its form."""
    if act not in ACTS:
        raise NotFound(_("There is no such act."))
    kind, verb, key = ACTS[act]
    if key not in entered(request).permissions:
        raise PermissionDenied(key)
    form = kind(request.POST)
    if form.is_valid():
        try:
            moved = verb(request, pk, form.cleaned_data)
        except NotFound:
            raise
        except Refused as refused:
            explain(form, refused)
        else:
            messages.success(request, _("There are %(count)s pieces now.") % {"count": moved.after})
            return redirect("catalog:sku_stock", pk)
    return _page(request, pk, opened=act, form=form, status=422)


def _page(
    request: HttpRequest, pk: int, *, opened: str = "", form: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    sku, now = goods.access_sku(pk), timezone.now()
    rows, following = selectors.movements(pk, number(request.GET.get("before")))
    [(quantity, counted_at)] = selectors.stock_now([pk]).values()
    may = entered(request).permissions
    context = {
        "sku": sku,
        "quantity": quantity,
        "missing": -quantity,
        "counted_at": counted_at,
        "rows": rows,
        "next_url": f"?before={following}" if following else "",
        "first_url": request.path if request.GET.get("before") else "",
        "acts": [
            (act, form if act == opened and form else kind())
            for act, (kind, _verb, key) in ACTS.items()
            if key in may
        ],
        "opened": opened,
        "may_move": MOVE in may,
        "back_form": BackForm(),
        "limits": limits(now),
    }
    return render(request, "catalog/sku_stock.html", context, status=status)


@require_POST
@permitted(MOVE)
def put_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Goods of an order are on the shelf again."""
    form = BackForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        out = StockMovement.objects.filter(pk=pk).first()
        return redirect("catalog:sku_stock", out.sku_id) if out else redirect("catalog:stock")
    row = moving.put_back(movement_id=pk, by=person(request), now=timezone.now(), **form.cleaned_data)
    messages.success(request, _("There are %(count)s pieces now.") % {"count": row.after})
    return redirect("catalog:sku_stock", row.sku_id)


@require_GET
@permitted(MOVE)
def unmatched(request: HttpRequest) -> HttpResponse:
    """Goods of orders that the catalog does not know."""
    return _unmatched(request)


def _unmatched(
    request: HttpRequest, *, refused_id: int = 0, form: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    rows, following = selectors.unmatched_page(number(request.GET.get("before")))
    context = {
        "rows": rows,
        "numbers": selectors.numbers(),
        "refused_id": refused_id,
        "refused": form,
        "next_url": f"?before={following}" if following else "",
    }
    return render(request, "catalog/unmatched.html", context, status=status)


@require_POST
@permitted(MOVE)
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Say which SKU it is, or that it is none of ours."""
    dismissing = bool(request.POST.get("dismiss"))
    form: forms.Form = DismissForm(request.POST) if dismissing else MatchForm(request.POST)
    if form.is_valid():
        verb: Any = orders.dismiss_goods if dismissing else orders.match_goods
        try:
            verb(unmatched_id=pk, by=person(request), now=timezone.now(), **form.cleaned_data)
        except NotFound:
            raise
        except Refused as refused:
            explain(form, refused)
        else:
            messages.success(request, _("Settled."))
            return redirect("catalog:unmatched")
    return _unmatched(request, refused_id=pk, form=form, status=422)
