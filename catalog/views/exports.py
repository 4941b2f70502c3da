"""Lists of goods as files; who took one is in the trail (C13.5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from catalog.services import exports as verbs
from catalog.services.exports import EXPORT
from catalog.views.goods import product_filters
from catalog.views.stock import stock_filters
from office.rulebook.guards import permitted, person
from office.rulebook.sudo import fresh


@require_POST
@permitted(EXPORT)
@fresh
def products(request: HttpRequest) -> HttpResponseBase:
    word = request.POST.get("format", "")
    found = verbs.export_products(
        filters=product_filters(request.POST), format=word, by=person(request), now=timezone.now()
    )
    return _attached(found, "products", word)


@require_POST
@permitted(EXPORT)
@fresh
def stock(request: HttpRequest) -> HttpResponseBase:
    word = request.POST.get("format", "")
    found = verbs.export_stock(
        filters=stock_filters(request.POST), format=word, by=person(request), now=timezone.now()
    )
    return _attached(found, "stock", word)


@require_POST
@permitted(EXPORT)
@fresh
def prices(request: HttpRequest, pk: int) -> HttpResponseBase:
    word = request.POST.get("format", "")
    found = verbs.export_prices(sku_id=pk, format=word, by=person(request), now=timezone.now())
    return _attached(found, "prices", word)


def _attached(found: BinaryIO | Iterator[bytes], name: str, word: str) -> HttpResponseBase:
    """A file, or the pieces of a CSV."""
    filename = f"{name}-{timezone.localtime():%Y%m%d-%H%M}.{word}"
    if isinstance(found, Iterator) and not hasattr(found, "read"):
        answer = StreamingHttpResponse(found, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{filename}"'
        return answer
    return FileResponse(found, as_attachment=True, filename=filename)
