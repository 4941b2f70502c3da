"""Pieces that the supplier has ready to ship (备货), under a contract that is paid before shipping (P2.2)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.models.orders import OrderLine, PurchaseOrder
from contracts.models.suppliers import SupplierContact
from office.audit.lawful import LawModel


class ReadyNotice(LawModel):
    """Goods of an order stand ready: their balance is a payable, and they leave once it is paid. Insert-only; pieces
    that will not leave after all are taken off by `ReadyLess`."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, related_name="ready")
    contact = models.ForeignKey(SupplierContact, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("notice of goods ready to ship")
        verbose_name_plural = _("notices of goods ready to ship")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(by=None) ^ models.Q(contact=None), name="readynotice_one_hand"
            )
        ]


class ReadyLine(LawModel):
    """So many pieces of a line."""

    id = models.BigAutoField(primary_key=True)
    notice = models.ForeignKey(ReadyNotice, on_delete=models.PROTECT, related_name="lines", db_index=False)
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="ready")
    quantity = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("line of goods ready to ship")
        verbose_name_plural = _("lines of goods ready to ship")
        constraints = [
            models.UniqueConstraint(fields=["notice", "line"], name="readyline_once"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="readyline_some"),
        ]
