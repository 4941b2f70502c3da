"""Row 2, the other side: settings and URLs of a bare Django whose view inserts one row. No application, no middleware.

/bare sends the statement itself, the least that a view can do; /orm saves a model (bench/bare_orm.py).
"""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from ecdept.settings import *  # noqa: F403

INSTALLED_APPS = []
MIDDLEWARE = []
ROOT_URLCONF = "bench.bare_django"


@csrf_exempt
def insert(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_row2 (body) VALUES (%s)", [request.body])
    return HttpResponse(b'{"status":"inserted"}', status=201, content_type="application/json")


def __getattr__(name: str) -> object:
    """`urlpatterns`, once models may be made: this module is the settings too."""
    if name != "urlpatterns":
        raise AttributeError(name)
    from bench.bare_orm import save

    return [path("bare", insert), path("orm", save)]
