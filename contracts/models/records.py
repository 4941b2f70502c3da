"""What a supplier shows of itself: licence and certificates, and the account that it is paid to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.models.suppliers import Supplier, SupplierContact
from office.approvals.models import Run
from office.audit.lawful import LawModel
from office.files.models import StoredFile


class Certificate(LawModel):
    """A licence, report or authorisation of a supplier; insert-only. `kind`: a code of the book's
    "contracts.certificates"; `name` tells apart what has one kind. `expires_on` None: it does not run out."""

    id = models.BigAutoField(primary_key=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="certificates")
    kind = models.CharField(_("kind"), max_length=40)
    name = models.CharField(_("name"), max_length=120, blank=True)
    number = models.CharField(_("number"), max_length=60, blank=True)
    expires_on = models.DateField(_("valid until"), null=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("certificate of a supplier")
        verbose_name_plural = _("certificates of suppliers")


class CertificateEnd(LawModel):
    """A certificate that counts no longer: replaced by a newer one, or not needed any more (`replaced_by` None)."""

    certificate = models.OneToOneField(
        Certificate, on_delete=models.PROTECT, primary_key=True, related_name="end"
    )
    replaced_by = models.OneToOneField(
        Certificate, on_delete=models.PROTECT, null=True, related_name="replaces"
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("end of a certificate")
        verbose_name_plural = _("ends of certificates")


class CallBack(LawModel):
    """A call to a number that was on file, about an account that somebody wrote to us. `confirmed` False: the supplier
    knows nothing of it."""

    id = models.BigAutoField(primary_key=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="call_backs")
    contact = models.ForeignKey(SupplierContact, on_delete=models.PROTECT, related_name="+")
    phone = models.CharField(_("phone"), max_length=30)
    account = models.CharField(_("account"), max_length=40)
    called_at = models.DateTimeField(_("called at"))
    spoke_with = models.CharField(_("spoke with"), max_length=60)
    confirmed = models.BooleanField(_("confirmed"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("call back to a supplier")
        verbose_name_plural = _("calls back to suppliers")


class BankDetails(LawModel):
    """The account that a supplier is paid to, from `at` until the next row; insert-only. It names the run that agreed
    to it and the call in which the supplier confirmed it."""

    id = models.BigAutoField(primary_key=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="bank_details")
    holder = models.CharField(_("account holder"), max_length=120)
    bank = models.CharField(_("bank"), max_length=120)
    account = models.CharField(_("account"), max_length=40)
    call_back = models.ForeignKey(CallBack, on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("bank details of a supplier")
        verbose_name_plural = _("bank details of suppliers")

    @property
    def tail(self) -> str:
        """The last four digits."""
        return self.account[-4:]
