"""The other side of row 5: a bare signed-in Django page with 50 rows of the same ledger, four queries, one template."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path

from ecdept.settings import *  # noqa: F403

MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",  # does next to nothing; allauth does not start without it
]
SESSION_ENGINE = "django.contrib.sessions.backends.db"
ROOT_URLCONF = "bench.bare_desk"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "OPTIONS": {"context_processors": ["django.contrib.auth.context_processors.auth"]},
    }
]
_PAGE = """<!doctype html><title>Orders</title><h1>{{ user.name }}</h1><table>
{% for row in rows %}<tr><td>{{ row.due_at|date:"H:i:s" }}</td><td>{{ row.shop }}</td>
<td><a href="/orders/{{ row.pk }}/">{{ row.number }}</a></td><td>{{ row.goods }}</td><td>{{ row.total }}</td>
<td>{{ row.get_state_display }}</td><td>{{ row.holder.name }}</td></tr>{% endfor %}</table>"""


def orders(request: HttpRequest) -> HttpResponse:
    from django.shortcuts import redirect
    from django.template import engines

    from orders.models import OrderProgress, Shop

    if not request.user.is_authenticated:
        return redirect("/login")
    shops = dict(Shop.objects.values_list("pk", "name"))
    rows = list(OrderProgress.objects.select_related("holder").order_by("-received_at", "-order_id")[:50])
    for row in rows:
        row.shop = shops[row.shop_id]  # type: ignore[attr-defined]
    if not _compiled:
        _compiled.append(engines["django"].from_string(_PAGE))
    return HttpResponse(_compiled[0].render({"rows": rows, "user": request.user}, request))


_compiled: list[Any] = []
urlpatterns = [
    path("bare", orders),
    path("login", lambda request: HttpResponse(), name="account_login"),  # what warming up asks for
]
