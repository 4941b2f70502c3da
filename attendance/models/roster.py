"""The roster: who works when, who is on duty, who holds the hotline."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Period(Func):
    """tstzrange(starts_at, ends_at): half open, the last instant no longer belongs to it."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


class Shift(models.Model):
    """One person's work or duty on one day.

    `day` is the local day it belongs to: a night shift belongs to its first. `code` names the shift type, the last word
    of a rule "attendance.shift.*" (work) or "attendance.duty.*" (duty); `version_id` the book that it was laid out by.
    `spans` are the pieces to be worked, in order, `meal` the unpaid break inside. A shift that nobody published yet is
    the planner's draft: it is no fact for anybody else. A removed one stays, with who took it out and why.
    """

    class Sort(models.TextChoices):
        WORK = "work", _("Shift")
        DUTY = "duty", _("Duty")

    class Origin(models.TextChoices):
        PATTERN = "pattern", _("pattern")
        ROTA = "rota", _("weekend rota")
        HAND = "hand", _("by hand")
        SWAP = "swap", _("swap")
        WAIVER = "waiver", _("rest given up")

    employee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="shifts")
    day = models.DateField(_("day"))
    sort = models.CharField(max_length=4, choices=Sort.choices)
    code = models.CharField(_("shift type"), max_length=40)
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    spans = ArrayField(DateTimeRangeField())
    meal = models.DurationField()
    origin = models.CharField(max_length=7, choices=Origin.choices)
    version_id = models.BigIntegerField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="shifts_made"
    )
    made_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="shifts_removed"
    )
    removed_reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        constraints = [
            ExclusionConstraint(
                name="shift_one_at_a_time",
                expressions=[
                    ("employee", RangeOperators.EQUAL),
                    (Period("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                condition=Q(removed_at=None),
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="shift_forward"),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_reason="") | Q(removed_at__isnull=False),
                name="shift_removed_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["day", "employee"], condition=Q(removed_at=None), name="shift_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.code}"


class HotlineSpan(models.Model):
    """Who holds the hotline outside the online hours (C9.3, M7.1): one holder at any instant.

    Drafts and removed ones as with shifts.
    """

    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="hotline_spans"
    )
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="hotline_made"
    )
    made_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="hotline_removed"
    )
    removed_reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("hotline duty")
        verbose_name_plural = _("hotline duties")
        constraints = [
            ExclusionConstraint(
                name="hotline_one_holder",
                expressions=[(Period("starts_at", "ends_at"), RangeOperators.OVERLAPS)],
                condition=Q(removed_at=None, published_at__isnull=False),
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="hotline_forward"),
        ]

    def __str__(self) -> str:
        return f"{self.day}"

    @property
    def day(self) -> date:
        """The local day on which it begins."""
        return timezone.localdate(self.starts_at)
