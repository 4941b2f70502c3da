"""Demand plans (需求计划): what we need until when; purchase orders take their lines from them (P1.3)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class DemandPlan(models.Model):
    """A plan and its lines; lines are written while it is open."""

    number = models.CharField(_("number"), max_length=30, unique=True)
    title = models.CharField(_("title"), max_length=120)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("demand plan")
        verbose_name_plural = _("demand plans")

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class DemandLine(models.Model):
    """Pieces of one kind of goods. `sku` as the catalog knows it, or ""."""

    plan = models.ForeignKey(DemandPlan, on_delete=models.PROTECT, related_name="lines", db_index=False)
    n = models.PositiveSmallIntegerField()
    sku = models.CharField(_("SKU"), max_length=60, blank=True)
    name = models.CharField(_("name"), max_length=120)
    spec = models.CharField(_("specification"), max_length=120, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"))
    needed_on = models.DateField(_("needed by"))

    class Meta:
        verbose_name = _("line of a demand plan")
        verbose_name_plural = _("lines of demand plans")
        constraints = [
            models.UniqueConstraint(fields=["plan", "n"], name="demandline_n"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="demandline_some"),
        ]
