"""Row 2: the bare view once more, as most Django views insert a row: a model is saved."""

from __future__ import annotations

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt


class Body(models.Model):
    """The one row, of the table that the bench makes."""

    body = models.BinaryField()

    class Meta:
        app_label = "bench"
        db_table = "bench_row2"
        managed = False


@csrf_exempt
def save(request: HttpRequest) -> HttpResponse:
    Body(body=request.body).save(force_insert=True)
    return HttpResponse(b'{"status":"inserted"}', status=201, content_type="application/json")
