"""Promotions: a plan, then prices with dates. They begin and end by themselves."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.goods import Channel, Sku
from office.audit.lawful import LawModel


class Promotion(models.Model):
    """A promotion from plan to end. What was planned is pinned by its runs; prices are PromotionPrice.

    `channels` are ids. `may_overlap`: its prices may meet those of another promotion on the same SKU and channel; the
    lower counts. `priced_at`: when its prices were written. `stopped_at`: when it was stopped before its end, written
    by the database from its PromotionStop. `begun_at` and `ended_at` are when its begin and end were noticed, which
    changes nothing about when they were.
    """

    title = models.CharField(_("name"), max_length=80)
    goal = models.TextField(_("plan"), max_length=4_000)
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    channels = ArrayField(models.IntegerField(), verbose_name=_("sales channels"))
    may_overlap = models.BooleanField(_("may meet other promotions"), default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="promotions")
    at = models.DateTimeField()
    priced_at = models.DateTimeField(null=True)
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("promotion")
        verbose_name_plural = _("promotions")
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="promotion_forward"),
        ]
        indexes = [
            models.Index(
                fields=["starts_at"],
                condition=Q(priced_at__isnull=False, begun_at=None),
                name="promotion_to_begin",
            ),
            models.Index(
                fields=["ends_at"],
                condition=Q(priced_at__isnull=False, ended_at=None),
                name="promotion_to_end",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def over_at(self) -> datetime:
        """When its prices no longer hold."""
        return self.ends_at if self.stopped_at is None else min(self.ends_at, self.stopped_at)


class PromotionPrice(LawModel):
    """What a SKU costs on a channel during a promotion: a fixed amount in CNY, or so many percent of its price.

    Agreed to for `wanted_from` to `wanted_until`; `during` is that, or less when it was carried out later, and half
    open: the first instant belongs to it, the last no longer. The database refuses two that meet on one SKU and
    channel unless the plan of each lets it.
    """

    class Rule(models.TextChoices):
        FIXED = "fixed", _("fixed price")
        PERCENT = "percent", _("percent of the price")

    id = models.BigAutoField(primary_key=True)
    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT, related_name="prices", db_index=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="promotion_prices", db_index=False)
    channel = models.ForeignKey(
        Channel, on_delete=models.PROTECT, related_name="promotion_prices", db_index=False
    )
    rule = models.CharField(max_length=8, choices=Rule.choices)
    value = models.DecimalField(max_digits=12, decimal_places=2)
    wanted_from = models.DateTimeField()
    wanted_until = models.DateTimeField()
    during = DateTimeRangeField()
    may_overlap = models.BooleanField()
    at = models.DateTimeField()
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = _("promotion price")
        verbose_name_plural = _("promotion prices")
        indexes = [GistIndex(fields=["sku", "during"], name="promotion_price_during")]
        constraints = [
            models.UniqueConstraint(fields=["promotion", "sku", "channel"], name="promotion_price_one_each"),
            models.CheckConstraint(
                condition=Q(rule="fixed", value__gt=0) | Q(rule="percent", value__gt=0, value__lt=100),
                name="promotion_price_sound",
            ),
        ]


class PromotionTurn(LawModel):
    """A promotion began, or ended and the prior prices returned, at `at`: by itself, by the clause."""

    class Word(models.TextChoices):
        BEGIN = "begin", _("begun")
        END = "end", _("over")

    id = models.BigAutoField(primary_key=True)
    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT, related_name="turns", db_index=False)
    word = models.CharField(max_length=5, choices=Word.choices)
    at = models.DateTimeField()
    noted_at = models.DateTimeField()
    authority_clause = models.CharField(max_length=20)

    class Meta:
        verbose_name = _("turn of a promotion")
        verbose_name_plural = _("turns of promotions")
        constraints = [models.UniqueConstraint(fields=["promotion", "word"], name="promotion_turn_once")]


class PromotionStop(LawModel):
    """A promotion was stopped before its end, or before its begin: from `at` on its prices no longer hold, and the
    prior ones are back. It names the run that agreed to it."""

    id = models.BigAutoField(primary_key=True)
    promotion = models.OneToOneField(Promotion, on_delete=models.PROTECT, related_name="stop")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = _("stop of a promotion")
        verbose_name_plural = _("stops of promotions")
