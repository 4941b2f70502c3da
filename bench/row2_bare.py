"""The other side of row 2: settings and URLs of a bare Django that inserts one row, no middleware, no ORM."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from ecdept.settings import *  # noqa: F403

INSTALLED_APPS: list[str] = []
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "bench.row2_bare"


def insert(request: HttpRequest) -> HttpResponse:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_row2 (body) VALUES (%s)", [request.body])
    return HttpResponse(b'{"status":"inserted"}', status=201, content_type="application/json")


urlpatterns = [path("bare", insert)]
