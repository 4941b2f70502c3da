"""What competitors ask, and the weekly summary for the superior (J6)."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.goods import Sku
from office.audit.lawful import LawModel
from office.subjects import Subject


class CompetitorPrice(LawModel):
    """What somebody else asked for the same thing on a day, in CNY. A wrong one is set right by another of that day."""

    class Source(models.TextChoices):
        HAND = "hand", _("By hand")
        FILE = "file", _("File")
        PROPOSAL = "proposal", _("Evidence of a price")

    id = models.BigAutoField(primary_key=True)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="market", db_index=False)
    competitor = models.CharField(_("competitor"), max_length=80)
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2)
    seen_on = models.DateField(_("seen on"))
    url = models.CharField(_("page"), max_length=500, blank=True)
    source = models.CharField(max_length=8, choices=Source.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("competitor’s price")
        verbose_name_plural = _("competitors’ prices")
        constraints = [
            models.CheckConstraint(condition=Q(price__gt=0), name="market_price_above_zero"),
            models.UniqueConstraint(
                fields=["sku", "competitor", "seen_on", "price"], name="market_price_once"
            ),
        ]
        indexes = [models.Index(fields=["seen_on", "sku"], name="market_by_day")]

    def law_subject(self) -> Subject:
        return Subject("sku", str(self.sku_id), self.sku.code)


class MarketSummary(models.Model):
    """The week's market, summed up by a person for the superior: opened by the schedule for the week that ends at
    `ends_at`, handed in, acknowledged. `readers`: the posts that it was handed to."""

    class State(models.TextChoices):
        OPEN = "open", _("To be written")
        DONE = "done", _("Handed to the superior")
        READ = "read", _("Acknowledged")

    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(unique=True)
    clause = models.CharField(max_length=20)
    state = models.CharField(max_length=5, choices=State.choices, default=State.OPEN)
    text = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    handed_in_at = models.DateTimeField(null=True)
    readers = ArrayField(models.CharField(max_length=30), default=list)
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    read_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("market summary")
        verbose_name_plural = _("market summaries")
        ordering = ["-ends_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", handed_in_at=None, read_at=None)
                | Q(state="done", handed_in_at__isnull=False, by__isnull=False, read_at=None)
                | Q(state="read", handed_in_at__isnull=False, by__isnull=False, read_at__isnull=False),
                name="summary_state_fits",
            ),
            models.CheckConstraint(
                condition=Q(read_by=None) | ~Q(read_by=models.F("by")), name="summary_read_by_another"
            ),
        ]
