"""Prices as they were agreed, what is being asked for, and the evidence."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from catalog.models.goods import Channel, Sku
from office.audit.lawful import LawModel


class Price(LawModel):
    """What a SKU costs the customer, in CNY a piece, from `starts_at` until a later row that covers the same channel.

    `channel` None covers every channel. Agreed to for `wanted_at`; a row that is written later than that holds from the
    moment it was written, so that no price is ever changed after the fact.
    """

    id = models.BigAutoField(primary_key=True)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="prices", db_index=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, null=True, related_name="prices")
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    wanted_at = models.DateTimeField()
    starts_at = models.DateTimeField()
    at = models.DateTimeField()
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        indexes = [models.Index(fields=["sku", "-starts_at", "-id"], name="price_by_time")]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="price_above_zero"),
            models.CheckConstraint(
                condition=Q(starts_at=Greatest(F("wanted_at"), F("at"))), name="price_never_backdated"
            ),
        ]


class AskedSku(LawModel):
    """Which SKUs a request for prices is about: one request at a time for each."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, related_name="+")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="asked", db_index=False)

    class Meta:
        verbose_name = _("SKU asked about")
        verbose_name_plural = _("SKUs asked about")
        constraints = [models.UniqueConstraint(fields=["sku", "run"], name="asked_sku_once")]


class PriceSheet(models.Model):
    """A table of prices that somebody sent in. `lines`: [{"n": row in the file, "code", "price", …: as written}];
    what is wrong with a line is found out each time it is looked at."""

    filename = models.CharField(max_length=200)
    lines = models.JSONField(default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="price_sheets")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("price table")
        verbose_name_plural = _("price tables")


class EvidenceFile(LawModel):
    """A file that shows a competitor's price: a picture, encoded anew, or a PDF."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=120)
    mime = models.CharField(max_length=80)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="evidence_files")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
