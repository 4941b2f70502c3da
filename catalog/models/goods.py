"""What is sold, and where: channels, categories, products and their SKUs."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Channel(models.Model):
    """A shop where goods are listed. `code` is that of the shop whose orders come in, where there is one: desks do not
    know each other, the code joins them."""

    code = models.CharField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=80)
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("sales channel")
        verbose_name_plural = _("sales channels")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """One shelf of the catalog, maybe within another (`parent`): a tree. Stock is counted by category, each for the
    goods that stand in it and not below it."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("within"),
    )
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """What people call one thing: a sofa. What is sold, priced and counted are its SKUs.

    `words` are the bigrams by which it is found: of its title, its brand, and its SKUs' codes, specs and barcodes.
    """

    title = models.CharField(_("name"), max_length=120)
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="products", verbose_name=_("category")
    )
    brand = models.CharField(_("brand"), max_length=60, blank=True)
    words = ArrayField(models.CharField(max_length=2), default=list)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["-id"]
        indexes = [GinIndex(fields=["words"], name="product_words")]

    def __str__(self) -> str:
        return self.title


class Sku(models.Model):
    """One style that can be bought (款号). `cost` is what the house pays for a piece, in CNY; None: not known yet."""

    code = models.CharField(_("style number"), max_length=40, unique=True)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="skus", verbose_name=_("product")
    )
    spec = models.CharField(_("specification"), max_length=80, blank=True)
    barcode = models.CharField(_("barcode"), max_length=20, blank=True)
    cost = models.DecimalField(_("cost"), max_digits=12, decimal_places=2, null=True, blank=True)
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("SKU")
        verbose_name_plural = _("SKUs")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(cost=None) | Q(cost__gt=0), name="sku_cost_positive"),
            models.UniqueConstraint(fields=["barcode"], condition=~Q(barcode=""), name="sku_barcode_unique"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def label(self) -> str:
        """ "SF-2301 雾灰"."""
        return f"{self.code} {self.spec}".strip()
