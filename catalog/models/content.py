"""How goods are shown: pictures, and texts in versions of which one is final."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.goods import Product
from office.audit.lawful import LawModel


class Picture(LawModel):
    """A picture as it is kept: encoded anew, without what a camera or a phone wrote beside it."""

    id = models.BigAutoField(primary_key=True)
    mime = models.CharField(max_length=30)
    content = models.BinaryField()
    thumb = models.BinaryField()  # a small one for lists: JPEG, at most THUMB pixels wide and high
    size = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")


class ProductPicture(models.Model):
    """A picture of a product, in its place among the others; `removed_at` is null while it is shown."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="pictures")
    picture = models.ForeignKey(Picture, on_delete=models.PROTECT, related_name="+")
    caption = models.CharField(_("caption"), max_length=80, blank=True)
    place = models.PositiveSmallIntegerField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("picture of a product")
        verbose_name_plural = _("pictures of products")
        constraints = [
            models.UniqueConstraint(
                fields=["product", "place"],
                condition=Q(removed_at=None),
                name="picture_one_place",
            )
        ]


class TextVersion(LawModel):
    """What the copywriter wrote about a product. A change is another version."""

    id = models.BigAutoField(primary_key=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="texts", db_index=False)
    number = models.PositiveIntegerField()
    title = models.CharField(_("title"), max_length=120)
    points = models.CharField(_("selling points"), max_length=500, blank=True)
    body = models.TextField(_("product text"), max_length=10_000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="product_texts")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("text of a product")
        verbose_name_plural = _("texts of products")
        constraints = [models.UniqueConstraint(fields=["product", "number"], name="text_version_once")]


class FinalText(LawModel):
    """A version became final at `at`, because the superior approved it. The latest row of a product counts."""

    id = models.BigAutoField(primary_key=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="final_texts")
    text = models.ForeignKey(TextVersion, on_delete=models.PROTECT, related_name="final")
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = _("final text")
        verbose_name_plural = _("final texts")
