"""Verbs on what is sold and where: channels, categories, products, SKUs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, Channel, Product, Sku
from catalog.services.checks import Problems, lock_skus
from catalog.services.debuts import open_debut
from catalog.subjects import category_subject, channel_subject, product_subject, sku_subject
from office.audit import api as audit
from office.errors import Conflict, NotFound
from office.finding import bigrams

if TYPE_CHECKING:
    from office.staff.models import Employee

Row = TypeVar("Row", Channel, Category, Sku)

NOT_SAVED = _("It was not saved. Please look at the marked fields.")
VERBS = {
    "catalog.add_channel": _("Channel added"),
    "catalog.update_channel": _("Channel changed"),
    "catalog.add_category": _("Category added"),
    "catalog.update_category": _("Category changed"),
    "catalog.add_product": _("Product added"),
    "catalog.update_product": _("Product changed"),
    "catalog.add_sku": _("SKU added"),
    "catalog.update_sku": _("SKU changed"),
    "catalog.set_cost": _("Cost changed"),
}


CATEGORY_TAKEN = _("There is already a category of this name.")
TAKEN = _("Another SKU has this style number or barcode.")


def add_channel(*, code: str, name: str, by: Employee | None, now: datetime) -> Channel:
    """A shop where goods are listed. Raises Invalid, Conflict (`taken`)."""
    wrong = Problems()
    code, name = wrong.code("code", code, 30), wrong.text("name", name, 80)
    wrong.raise_if_any(NOT_SAVED)
    with transaction.atomic():
        channel = _insert(
            Channel(code=code, name=name, created_at=now), _("There is already a channel with this code.")
        )
        audit.record(
            "catalog.add_channel", subject=channel_subject(channel), by=by, now=now, data={"name": name}
        )
    return channel


@transaction.atomic
def update_channel(
    *, channel_id: int, name: str, active: bool, by: Employee | None, now: datetime
) -> Channel:
    """Raises NotFound, Invalid."""
    channel = Channel.objects.select_for_update().filter(pk=channel_id).first()
    if channel is None:
        raise NotFound(_("There is no such channel."))
    wrong = Problems()
    name = wrong.text("name", name, 80)
    wrong.raise_if_any(NOT_SAVED)
    if (name, active) != (channel.name, channel.active):
        channel.name, channel.active = name, active
        channel.save(update_fields=["name", "active"])
        audit.record(
            "catalog.update_channel",
            subject=channel_subject(channel),
            by=by,
            now=now,
            data={"name": name, "active": active},
        )
    return channel


def add_category(*, name: str, by: Employee | None, now: datetime, parent_id: int | None = None) -> Category:
    """`parent_id`: the category that it stands in. Raises Invalid, Conflict (`taken`)."""
    wrong = Problems()
    name = wrong.text("name", name, 60)
    if parent_id is not None and not Category.objects.filter(pk=parent_id).exists():
        wrong.add("parent", "choice", _("There is no such category."))
    wrong.raise_if_any(NOT_SAVED)
    with transaction.atomic():
        category = _insert(Category(name=name, parent_id=parent_id, created_at=now), CATEGORY_TAKEN)
        audit.record(
            "catalog.add_category",
            subject=category_subject(category),
            by=by,
            now=now,
            data={"parent": parent_id},
        )
    return category


@transaction.atomic
def update_category(
    *,
    category_id: int,
    name: str,
    active: bool,
    by: Employee | None,
    now: datetime,
    parent_id: int | None = None,
) -> Category:
    """`parent_id`: the category that it stands in, None for the top. Raises NotFound, Invalid (`circle`: it would
    stand in itself), Conflict (`taken`)."""
    # All of them: whether a move makes a circle depends on the moves of others.
    categories = Category.objects.select_for_update().order_by("pk").in_bulk()
    category = categories.get(category_id)
    if category is None:
        raise NotFound(_("There is no such category."))
    wrong = Problems()
    name = wrong.text("name", name, 60)
    if parent_id is not None and parent_id not in categories:
        wrong.add("parent", "choice", _("There is no such category."))
    elif parent_id is not None and category_id in _above(parent_id, categories):
        wrong.add("parent", "circle", _("A category does not stand in itself or in one below it."))
    wrong.raise_if_any(NOT_SAVED)
    if (name, active, parent_id) != (category.name, category.active, category.parent_id):
        category.name, category.active, category.parent_id = name, active, parent_id
        _keep(category, ["name", "active", "parent"], CATEGORY_TAKEN)
        audit.record(
            "catalog.update_category",
            subject=category_subject(category),
            by=by,
            now=now,
            data={"name": name, "active": active, "parent": parent_id},
        )
    return category


def _above(category_id: int, categories: Mapping[int, Category]) -> list[int]:
    """The category and those that it stands in."""
    found: list[int] = []
    at: int | None = category_id
    while at is not None:
        found.append(at)
        at = categories[at].parent_id
    return found


def add_product(
    *, title: str, category_id: int, by: Employee | None, now: datetime, brand: str = ""
) -> Product:
    """Raises Invalid."""
    wrong = Problems()
    title, brand = wrong.text("title", title, 120), wrong.text("brand", brand, 60, required=False)
    _require_category(wrong, category_id)
    wrong.raise_if_any(NOT_SAVED)
    with transaction.atomic():
        product = Product.objects.create(
            title=title,
            brand=brand,
            category_id=category_id,
            words=sorted(bigrams(title) | bigrams(brand)),
            created_at=now,
        )
        audit.record(
            "catalog.add_product",
            subject=product_subject(product),
            by=by,
            now=now,
            data={"title": title, "brand": brand, "category": category_id},
        )
        open_debut(product=product, now=now)
    return product


@transaction.atomic
def update_product(
    *, product_id: int, title: str, category_id: int, brand: str, by: Employee | None, now: datetime
) -> Product:
    """Raises NotFound, Invalid."""
    product = _locked_product(product_id)
    wrong = Problems()
    title, brand = wrong.text("title", title, 120), wrong.text("brand", brand, 60, required=False)
    _require_category(wrong, category_id)
    wrong.raise_if_any(NOT_SAVED)
    if (title, brand, category_id) != (product.title, product.brand, product.category_id):
        product.title, product.brand, product.category_id = title, brand, category_id
        product.save(update_fields=["title", "brand", "category"])
        _index(product)
        audit.record(
            "catalog.update_product",
            subject=product_subject(product),
            by=by,
            now=now,
            data={"title": title, "brand": brand, "category": category_id},
        )
    return product


def add_sku(
    *,
    product_id: int,
    code: str,
    by: Employee | None,
    now: datetime,
    spec: str = "",
    barcode: str = "",
    cost: Decimal | None = None,
) -> Sku:
    """A style number of a product. `cost`: CNY a piece. Raises NotFound, Invalid, Conflict (`taken`)."""
    wrong = Problems()
    code, spec = wrong.code("code", code), wrong.text("spec", spec, 80, required=False)
    barcode, cost = wrong.barcode("barcode", barcode), wrong.amount("cost", cost)
    wrong.raise_if_any(NOT_SAVED)
    with transaction.atomic():
        product = _locked_product(product_id)
        sku = _insert(
            Sku(product=product, code=code, spec=spec, barcode=barcode, cost=cost, created_at=now), TAKEN
        )
        _index(product)
        audit.record(
            "catalog.add_sku",
            subject=sku_subject(sku),
            by=by,
            now=now,
            data={"product": product.pk, "spec": spec, "barcode": barcode, "cost": _text(cost)},
        )
    return sku


@transaction.atomic
def update_sku(
    *, sku_id: int, spec: str, barcode: str, active: bool, by: Employee | None, now: datetime
) -> Sku:
    """The code stays for ever. Raises NotFound, Invalid, Conflict (`taken`)."""
    sku = lock_skus([sku_id])[0]
    wrong = Problems()
    spec, barcode = wrong.text("spec", spec, 80, required=False), wrong.barcode("barcode", barcode)
    wrong.raise_if_any(NOT_SAVED)
    if (spec, barcode, active) != (sku.spec, sku.barcode, sku.active):
        sku.spec, sku.barcode, sku.active = spec, barcode, active
        _keep(sku, ["spec", "barcode", "active"], TAKEN)
        _index(_locked_product(sku.product_id))
        audit.record(
            "catalog.update_sku",
            subject=sku_subject(sku),
            by=by,
            now=now,
            data={"spec": spec, "barcode": barcode, "active": active},
        )
    return sku


def _insert(row: Row, taken: object) -> Row:
    """Raises Conflict when another row has the unique value."""
    return _keep(row, None, taken)


def _keep(row: Row, fields: list[str] | None, taken: object) -> Row:
    try:
        with transaction.atomic():
            row.save(update_fields=fields)
    except IntegrityError as error:
        if "unique" in str(error) or "_key" in str(error):
            raise Conflict(taken, code="taken") from error
        raise
    return row


def _require_category(wrong: Problems, category_id: int) -> None:
    if not Category.objects.filter(pk=category_id, active=True).exists():
        wrong.add("category", "choice", _("There is no such category."))


def _locked_product(product_id: int) -> Product:
    product = Product.objects.select_for_update().filter(pk=product_id).first()
    if product is None:
        raise NotFound(_("There is no such product."))
    return product


def _index(product: Product) -> None:
    """The words by which the locked product is found."""
    words = bigrams(product.title) | bigrams(product.brand)
    for code, spec, barcode in product.skus.values_list("code", "spec", "barcode"):
        words |= bigrams(code) | bigrams(spec) | bigrams(barcode)
    product.words = sorted(words)
    product.save(update_fields=["words"])


def _text(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:.2f}"
