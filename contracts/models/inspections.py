"""Random inspections (抽检): the lottery, what it drew, what was found, and what was put right (P3.2)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.models.orders import OrderLine
from contracts.models.production import ProductionStep
from contracts.models.suppliers import SupplierContact
from office.audit.lawful import LawModel
from office.files.models import StoredFile


class Draw(LawModel):
    """One lottery over the lines in production; anybody can repeat it from `seed` and `candidates`
    (`contracts.rules.lottery`). `scheduled_at`: the instant of the schedule, null when a person wanted it."""

    id = models.BigAutoField(primary_key=True)
    scheduled_at = models.DateTimeField(null=True, unique=True)
    seed = models.CharField(max_length=64)
    percent = models.DecimalField(max_digits=5, decimal_places=2)
    candidates = models.JSONField()  # [{"line", "steps"}]
    chosen = models.JSONField()  # [{"line", "step"}]
    clause = models.CharField(max_length=20)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("draw of inspections")
        verbose_name_plural = _("draws of inspections")


class Inspection(LawModel):
    """A lot to inspect, with the plan that holds for it: take `sample` pieces, accept with at most `ac` bad ones.
    `step`: at which process step; none for finished or arrived goods."""

    class Stage(models.TextChoices):
        STEP = "step", _("during production")
        FINISHED = "finished", _("finished goods")
        ARRIVED = "arrived", _("on arrival")

    id = models.BigAutoField(primary_key=True)
    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, null=True, related_name="inspections")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="inspections")
    stage = models.CharField(max_length=8, choices=Stage)
    step = models.ForeignKey(ProductionStep, on_delete=models.PROTECT, null=True, related_name="+")
    lot = models.PositiveIntegerField()
    letter = models.CharField(max_length=1)
    aql = models.CharField(max_length=5)
    sample = models.PositiveIntegerField()
    ac = models.PositiveSmallIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("inspection")
        verbose_name_plural = _("inspections")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(stage="step", step__isnull=False)
                | (~models.Q(stage="step") & models.Q(step=None)),
                name="inspection_stage_fits",
            ),
            models.CheckConstraint(
                condition=models.Q(sample__gt=0, sample__lte=models.F("lot")), name="inspection_sample"
            ),
        ]


class InspectionResult(LawModel):
    """What was found, once: so many pieces looked at, so many bad; `passed` follows from the plan."""

    id = models.BigAutoField(primary_key=True)
    inspection = models.OneToOneField(Inspection, on_delete=models.PROTECT, related_name="result")
    checked = models.PositiveIntegerField()
    bad = models.PositiveIntegerField()
    passed = models.BooleanField()
    text = models.TextField(blank=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("result of an inspection")
        verbose_name_plural = _("results of inspections")


class Rectification(LawModel):
    """What the supplier has to put right at once (整改). It is over with the event "done"; until then nothing of the
    order is shipped and nothing of the line accepted."""

    id = models.BigAutoField(primary_key=True)
    result = models.OneToOneField(InspectionResult, on_delete=models.PROTECT, related_name="rectification")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="rectifications")
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("rectification")
        verbose_name_plural = _("rectifications")


class RectificationEvent(LawModel):
    """answered: the supplier says that it is put right; refused: we looked and it is not; done: it is."""

    id = models.BigAutoField(primary_key=True)
    rectification = models.ForeignKey(Rectification, on_delete=models.PROTECT, related_name="events")
    word = models.CharField(max_length=8)
    text = models.TextField(blank=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    contact = models.ForeignKey(SupplierContact, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("event of a rectification")
        verbose_name_plural = _("events of rectifications")
