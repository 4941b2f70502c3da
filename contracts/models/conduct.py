"""Breaches of a supplier, the freeze of its payments, and how it keeps the conditions of the partnership."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.models.suppliers import Supplier
from office.audit.lawful import LawModel
from office.files.models import StoredFile
from office.subjects import Subject


class Consent(LawModel):
    """Our written consent that a supplier gives a design to a third party (P1.6)."""

    id = models.BigAutoField(primary_key=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="consents")
    design = models.CharField(_("design"), max_length=200)
    third_party = models.CharField(_("to whom"), max_length=120)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="consent_ends_after_start"
            ),
        ]


class Violation(LawModel):
    """A breach that somebody recorded: a design given away (P1.6), or a commission (P2.3)."""

    class Kind(models.TextChoices):
        DESIGN = "design", _("design given to a third party")
        COMMISSION = "commission", _("commission to our staff")

    id = models.BigAutoField(primary_key=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="violations")
    kind = models.CharField(max_length=10, choices=Kind)
    happened_on = models.DateField(_("happened on"))
    text = models.TextField(_("what happened"), max_length=2000)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    clause = models.CharField(max_length=20)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("breach")
        verbose_name_plural = _("breaches")

    @property
    def subject(self) -> Subject:
        return Subject("violation", str(self.pk), f"#{self.pk}")


class Freeze(LawModel):
    """So many per cent of every payment to the supplier are withheld (P1.6) until a release is agreed to."""

    id = models.BigAutoField(primary_key=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="freezes")
    violation = models.OneToOneField(Violation, on_delete=models.PROTECT, related_name="freeze")
    percent = models.DecimalField(max_digits=5, decimal_places=2)
    clause = models.CharField(max_length=20)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("freeze of payments")
        verbose_name_plural = _("freezes of payments")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(percent__gt=0) & models.Q(percent__lte=100), name="freeze_percent"
            ),
        ]

    @property
    def subject(self) -> Subject:
        return Subject("freeze", str(self.pk), f"#{self.pk}")


class FreezeRelease(LawModel):
    """Payments go on, as a run agreed."""

    id = models.BigAutoField(primary_key=True)
    freeze = models.OneToOneField(Freeze, on_delete=models.PROTECT, related_name="release")
    reason = models.CharField(max_length=500)
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("release of payments")
        verbose_name_plural = _("releases of payments")


class SupplierScore(LawModel):
    """How a supplier kept the conditions (P0), in per cent, at the end of a month; empty where there are no facts."""

    id = models.BigAutoField(primary_key=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="scores", db_index=False)
    month = models.DateField()
    unit_price = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    delivery = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    quality = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    facts = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("score of a supplier")
        verbose_name_plural = _("scores of suppliers")
        constraints = [models.UniqueConstraint(fields=["supplier", "month"], name="supplierscore_once")]


class SupplierReview(models.Model):
    """A look at a supplier whose score fell; one at a time, ended by a person's word."""

    class Decision(models.TextChoices):
        KEEP = "keep", _("go on as before")
        IMPROVE = "improve", _("go on, with improvements agreed")
        END = "end", _("end the partnership")

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="reviews")
    score = models.ForeignKey(SupplierScore, on_delete=models.PROTECT, related_name="+")
    conditions = ArrayField(models.CharField(max_length=10))
    clause = models.CharField(max_length=20)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    decision = models.CharField(max_length=7, choices=Decision, blank=True)
    reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("review of a supplier")
        verbose_name_plural = _("reviews of suppliers")
        constraints = [
            models.UniqueConstraint(
                fields=["supplier"], condition=models.Q(decided_at=None), name="supplierreview_one_open"
            ),
            models.CheckConstraint(
                condition=models.Q(decided_at=None, decided_by=None, decision="")
                | (
                    models.Q(decided_at__isnull=False, decided_by__isnull=False)
                    & ~models.Q(decision="")
                    & ~models.Q(reason="")
                ),
                name="supplierreview_decided_whole",
            ),
        ]

    @property
    def subject(self) -> Subject:
        return Subject("supplier_review", str(self.pk), f"#{self.pk}")
