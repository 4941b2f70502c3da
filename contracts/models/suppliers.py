"""Who makes what we sell: suppliers and the people we reach there."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _


class Supplier(models.Model):
    """A company that processes for us (乙方). `credit_code`: 统一社会信用代码, 18 signs, "" while unknown.
    `words`: the bigrams by which it is found."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=120)
    credit_code = models.CharField(_("unified social credit code"), max_length=18, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    active = models.BooleanField(_("active"), default=True)
    words = ArrayField(models.CharField(max_length=2), default=list)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")
        ordering = ["code"]
        indexes = [GinIndex(fields=["words"], name="supplier_words")]

    def __str__(self) -> str:
        return self.name


class SupplierContact(models.Model):
    """A person at the supplier whom we write to: the door (P1.3) is opened for one of them. `reached_since`: since when
    this number is on file; one that came yesterday is not called back about a bank account."""

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="contacts")
    name = models.CharField(_("name"), max_length=60)
    post = models.CharField(_("post"), max_length=60, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    mail = models.EmailField(_("e-mail"), blank=True)
    active = models.BooleanField(_("active"), default=True)
    reached_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("contact of a supplier")
        verbose_name_plural = _("contacts of suppliers")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(phone="", mail=""), name="suppliercontact_reached_somehow"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def phone_since(self) -> datetime:
        """Since when this number is on file."""
        return self.reached_since or self.created_at
