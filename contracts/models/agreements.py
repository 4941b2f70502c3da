"""The contract with a supplier, its versions and the signatures of both sides (P6)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.models.suppliers import Supplier
from office.audit.lawful import LawModel
from office.files.models import StoredFile


class Contract(models.Model):
    """One processing contract (协作加工合同). What holds is the newest version that both sides have signed.
    `not_renewed_at`: when it was decided to let it run out."""

    number = models.CharField(_("number"), max_length=30, unique=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="contracts")
    title = models.CharField(_("title"), max_length=120)
    ended_at = models.DateTimeField(null=True)
    not_renewed_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class ContractVersion(LawModel):
    """A text of the contract as it was put to both sides; insert-only. An amendment is the next one.

    `terms`: every typed parameter as the paper says it (`contracts.rules.terms`), be it the contract's own or the
    book's of that day; `clauses`: the text by clause [{"id", "title", "text"}]; `parties`: their names that day,
    {"ours", "theirs": {"name", "credit_code", "address"}}; `sha256` over all of it, the number and the dates, printed
    in the footer of the paper. `book`: each parameter as the book said it that day; null in versions drawn before that
    was kept. `reason`: why it amends the one before.
    """

    id = models.BigAutoField(primary_key=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="versions", db_index=False)
    n = models.PositiveSmallIntegerField()
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    parties = models.JSONField(default=dict)
    terms = models.JSONField()
    book = models.JSONField(null=True)
    clauses = models.JSONField()
    reason = models.TextField(blank=True, default="")
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("version of a contract")
        verbose_name_plural = _("versions of contracts")
        constraints = [
            models.UniqueConstraint(fields=["contract", "n"], name="contractversion_n"),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")),
                name="contractversion_ends_after_start",
            ),
        ]


class ContractSignature(LawModel):
    """The scan that shows that one side signed or sealed a version (P6); insert-only, one for each side."""

    class Side(models.TextChoices):
        OURS = "ours", _("ours")
        THEIRS = "theirs", _("theirs")

    class Means(models.TextChoices):
        SIGNATURE = "signature", _("signature")
        SEAL = "seal", _("seal")

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey(
        ContractVersion, on_delete=models.PROTECT, related_name="signatures", db_index=False
    )
    side = models.CharField(max_length=6, choices=Side)
    means = models.CharField(max_length=9, choices=Means)
    signer = models.CharField(max_length=60)
    signed_on = models.DateField()
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("signature of a contract")
        verbose_name_plural = _("signatures of contracts")
        constraints = [
            models.UniqueConstraint(fields=["version", "side"], name="contractsignature_side_once"),
        ]


class ContractForce(LawModel):
    """A version came into force: both sides have signed it (P6), and the chain has agreed to terms that depart from
    the book's (`run`; else the clause). The database lets it in on no other ground."""

    id = models.BigAutoField(primary_key=True)
    version = models.OneToOneField(ContractVersion, on_delete=models.PROTECT, related_name="force")
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("entry into force of a contract")
        verbose_name_plural = _("entries into force of contracts")
