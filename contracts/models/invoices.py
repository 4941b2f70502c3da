"""Tax invoices (发票) of suppliers as they stand on the paper, and what each payment takes of them. Insert-only."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contracts.models.money import PaymentVoucher
from contracts.models.suppliers import Supplier
from office.audit.lawful import LawModel
from office.files.models import StoredFile
from office.subjects import Subject


class Invoice(LawModel):
    """A tax invoice that a supplier has issued to us. `code`: the invoice code (发票代码) beside a number of eight
    digits, "" for a fully digital one (数电票). `amount`: price and tax together (价税合计), in CNY."""

    id = models.BigAutoField(primary_key=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="invoices")
    number = models.CharField(_("invoice number"), max_length=20)
    code = models.CharField(_("invoice code"), max_length=12, blank=True)
    seller = models.CharField(_("seller"), max_length=120)
    tax_id = models.CharField(_("seller’s tax number"), max_length=20)
    issued_on = models.DateField(_("issued on"))
    amount = models.DecimalField(_("price and tax"), max_digits=12, decimal_places=2)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("tax invoice")
        verbose_name_plural = _("tax invoices")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="invoice_some"),
            models.CheckConstraint(
                condition=Q(number__regex=r"^[0-9]{20}$", code="")
                | Q(number__regex=r"^[0-9]{8}$", code__regex=r"^([0-9]{10}|[0-9]{12})$"),
                name="invoice_numbered",
            ),
        ]
        indexes = [models.Index(fields=["number"], name="invoice_number")]

    def __str__(self) -> str:
        return self.number

    @property
    def subject(self) -> Subject:
        return Subject("invoice", str(self.pk), self.number)


class InvoiceEnd(LawModel):
    """The record of an invoice was wrong, before any payment named it: the number is free to be recorded rightly."""

    id = models.BigAutoField(primary_key=True)
    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="end")
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("tax invoice struck out")
        verbose_name_plural = _("tax invoices struck out")


class InvoiceScan(LawModel):
    """The paper, scanned after the invoice was recorded."""

    id = models.BigAutoField(primary_key=True)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="scans")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("scan of a tax invoice")
        verbose_name_plural = _("scans of tax invoices")


class InvoiceUse(LawModel):
    """What a payment takes of an invoice that its voucher names; nothing, where the ones before cover it."""

    id = models.BigAutoField(primary_key=True)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="uses")
    voucher = models.ForeignKey(PaymentVoucher, on_delete=models.PROTECT, related_name="uses", db_index=False)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)

    class Meta:
        verbose_name = _("payment against a tax invoice")
        verbose_name_plural = _("payments against tax invoices")
        constraints = [
            models.UniqueConstraint(fields=["voucher", "invoice"], name="invoiceuse_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="invoiceuse_not_negative"),
        ]
