"""Designs and technical files that a supplier was given: each copy marked with its name, each one logged (P3.6)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.models.orders import PurchaseOrder
from contracts.models.samples import Sample
from contracts.models.suppliers import Supplier, SupplierContact
from office.audit.lawful import LawModel
from office.files.models import StoredFile


class Handover(LawModel):
    """One file for one supplier: `original` stays with us, `marked` is what it gets. `code` stands in the mark."""

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(max_length=20, unique=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="handovers")
    contact = models.ForeignKey(SupplierContact, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, null=True, related_name="handovers")
    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, null=True, related_name="handovers")
    original = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    marked = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("design handed over")
        verbose_name_plural = _("designs handed over")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(order__isnull=False) ^ models.Q(sample__isnull=False),
                name="handover_for_one_thing",
            ),
        ]


class HandoverFetch(LawModel):
    """The marked copy was fetched: by the supplier's person at the door, or by one of us to pass it on."""

    id = models.BigAutoField(primary_key=True)
    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="fetches")
    contact = models.ForeignKey(SupplierContact, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("design fetched")
        verbose_name_plural = _("designs fetched")
