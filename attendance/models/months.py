"""The month: what is deducted for absence (S2d), and its close."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from attendance.models.settling import SettledDay
from office.audit.lawful import LawModel
from office.subjects import Subject


class WageBase(models.Model):
    """A person's monthly wage from a day on, in CNY, sealed (office.crypto). Verbs only add rows; of one day
    the last holds."""

    id = models.BigAutoField(primary_key=True)
    employee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField(_("from"))
    sealed = models.BinaryField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("wage base")
        verbose_name_plural = _("wage bases")


class Adjustment(LawModel):
    """What became known of a day after its month was closed: entered in an open month. `share_before` and
    `absent_share` are what was held until then and what holds now; `turn` counts from 1 per day."""

    id = models.BigAutoField(primary_key=True)
    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="adjustments", db_index=False
    )
    day = models.DateField(_("day"))
    turn = models.SmallIntegerField()
    month = models.DateField(_("entered in"))
    verdict = models.CharField(_("outcome"), max_length=7, choices=SettledDay.Verdict.choices)
    share_before = models.DecimalField(max_digits=3, decimal_places=2)
    absent_share = models.DecimalField(max_digits=3, decimal_places=2)
    facts = models.JSONField()
    digest = models.CharField(max_length=64)
    version_id = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("correcting entry")
        verbose_name_plural = _("correcting entries")
        constraints = [
            models.UniqueConstraint(fields=["employee", "day", "turn"], name="adjustment_turn_once"),
            models.CheckConstraint(condition=Q(month__gt=F("day")), name="adjustment_later_month"),
        ]
        indexes = [models.Index(fields=["month", "employee"], name="adjustment_by_month")]


class WageLine(models.Model):
    """What is proposed to be deducted for one day, in the month it is entered in. `share` is the part of the day's
    wage, negative for what is given back. Nothing is deducted by it before HR confirms; `sealed` is then the arithmetic
    with the amounts. `void`: the day turned out to need none."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("To be confirmed")
        CONFIRMED = "confirmed", _("Confirmed")
        WAIVED = "waived", _("Not deducted")
        VOID = "void", _("No longer needed")

    id = models.BigAutoField(primary_key=True)
    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="wage_lines", db_index=False
    )
    day = models.DateField(_("day"))
    month = models.DateField(_("month"))
    share = models.DecimalField(_("part of the day"), max_digits=4, decimal_places=2)
    turn = models.SmallIntegerField()
    clause = models.CharField(max_length=20)
    state = models.CharField(max_length=9, choices=State.choices, default=State.PROPOSED)
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    sealed = models.BinaryField(null=True)

    class Meta:
        verbose_name = _("wage line")
        verbose_name_plural = _("wage lines")
        constraints = [
            models.UniqueConstraint(fields=["employee", "day", "month"], name="wageline_once"),
            models.CheckConstraint(
                condition=Q(state__in=("proposed", "void"), decided_by=None, decided_at=None, sealed=None)
                | Q(
                    state="confirmed",
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    sealed__isnull=False,
                )
                | Q(state="waived", decided_by__isnull=False, decided_at__isnull=False, sealed=None)
                & ~Q(reason=""),
                name="wageline_decided_whole",
            ),
            models.CheckConstraint(condition=~Q(decided_by=F("employee")), name="wageline_not_by_oneself"),
        ]
        indexes = [models.Index(fields=["month", "state"], name="wageline_by_month")]

    @property
    def subject(self) -> Subject:
        return Subject("attendance_day", f"{self.employee_id}-{self.day:%Y%m%d}", f"{self.day:%Y-%m-%d}")


class MonthClose(LawModel):
    """A month that HR closed: from then on neither its days nor its wage lines change. `days` settled days, `lines`
    confirmed wage lines, `digest` over them."""

    month = models.DateField(_("month"), unique=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField()
    days = models.PositiveIntegerField()
    lines = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("closed month")
        verbose_name_plural = _("closed months")
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="monthclose_first_day"),
        ]

    @property
    def subject(self) -> Subject:
        return Subject("attendance_month", f"{self.month:%Y-%m}", f"{self.month:%Y-%m}")
