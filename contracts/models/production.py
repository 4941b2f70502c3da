"""The steps in which a line is made, and the supplier's report on each (P3.3)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.models.orders import OrderLine
from contracts.models.suppliers import SupplierContact
from office.audit.lawful import LawModel
from office.files.models import StoredFile


class ProductionStep(models.Model):
    """A step of making a line (开料, 封边, 组装 …), named while the order is a draft and fixed with it. `reports`: how
    many passing reports it needs before the line may be accepted."""

    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="steps", db_index=False)
    n = models.PositiveSmallIntegerField()
    name = models.CharField(_("process step"), max_length=40)
    reports = models.PositiveSmallIntegerField(default=1)

    class Meta:
        verbose_name = _("process step")
        verbose_name_plural = _("process steps")
        ordering = ["line", "n"]
        constraints = [models.UniqueConstraint(fields=["line", "n"], name="productionstep_n")]

    def __str__(self) -> str:
        return self.name


class StepReport(LawModel):
    """The supplier's own report, or a laboratory's, on one step; one that did not pass counts as none."""

    class Mode(models.TextChoices):
        SELF = "self", _("inspected by the supplier")
        SENT_OUT = "sent_out", _("sent out to a laboratory")

    class Standard(models.TextChoices):
        NATIONAL = "national", _("national standard")
        ENTERPRISE = "enterprise", _("enterprise standard")

    id = models.BigAutoField(primary_key=True)
    step = models.ForeignKey(ProductionStep, on_delete=models.PROTECT, related_name="given")
    mode = models.CharField(_("how inspected"), max_length=8, choices=Mode)
    standard = models.CharField(_("by which standard"), max_length=10, choices=Standard)
    standard_name = models.CharField(_("number of the standard"), max_length=60, blank=True)
    passed = models.BooleanField(_("passed"))
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    contact = models.ForeignKey(SupplierContact, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("report on a process step")
        verbose_name_plural = _("reports on process steps")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(by__isnull=False) | models.Q(contact__isnull=False),
                name="stepreport_by_somebody",
            ),
        ]
