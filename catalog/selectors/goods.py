"""Reading goods: by code, by id."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from catalog.models import Product, Sku
from office.errors import NotFound


def skus_by_code(codes: Iterable[str]) -> dict[str, Sku]:
    """Code → SKU with its product, for those that exist; one query."""
    found = Sku.objects.filter(code__in=set(codes)).select_related("product")
    return {sku.code: sku for sku in found}


def access_product(product_id: int) -> Product:
    """Raises NotFound."""
    found = Product.objects.select_related("category").filter(pk=product_id).first()
    if found is None:
        raise NotFound(_("There is no such product."))
    return found


def access_sku(sku_id: int) -> Sku:
    """The SKU with its product. Raises NotFound."""
    found = Sku.objects.select_related("product__category").filter(pk=sku_id).first()
    if found is None:
        raise NotFound(_("There is no such SKU."))
    return found
