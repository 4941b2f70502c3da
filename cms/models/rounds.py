"""Recurring looks: the monthly check of the site (W5), the daily look at the message board and who is present in
the chats at each shift (W4), how fresh the columns are (W3)."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from office.audit.lawful import LawModel
from office.rulebook import api as rulebook
from office.subjects import Subject


class Round(models.Model):
    """One look, opened by schedule. `period`: the local day it is for; `shift`: the key of the book's hours for what
    is asked at each shift, else ""; `points`: codes of the book."""

    class Kind(models.TextChoices):
        SITE = "site", _("Monthly check of the site")
        BOARD = "board", _("Daily look at the message board")
        CHAT = "chat", _("Present in the chats")

    kind = models.CharField(max_length=6, choices=Kind.choices)
    period = models.DateField()
    shift = models.CharField(max_length=60, blank=True)
    points = ArrayField(models.CharField(max_length=40), default=list)
    opened_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    note = models.CharField(_("what was found"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("round")
        verbose_name_plural = _("rounds")
        constraints = [
            models.UniqueConstraint(fields=["kind", "period", "shift"], name="round_once"),
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None) | Q(done_at__isnull=False, done_by__isnull=False),
                name="round_done_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["-period"], name="round_period")]

    @property
    def subject(self) -> Subject:
        label = f"{self.get_kind_display()} {self.period:%Y-%m-%d} {self.shift_name}"
        return Subject("site_round", str(self.pk), label.rstrip())

    @property
    def shift_name(self) -> str:
        """As the book of its day calls the hours; "" where it is not asked for by shift."""
        book = rulebook.book(self.opened_at)
        rule = book.rules.get(self.shift)
        return str(book.clauses[rule.clause].title) if rule else ""


class Tick(LawModel):
    """A point that somebody looked at; the newest of a point counts."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="ticks")
    point = models.CharField(max_length=40)
    well = models.BooleanField()
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("tick")
        verbose_name_plural = _("ticks")
        constraints = [
            models.CheckConstraint(condition=Q(well=True) | ~Q(note=""), name="tick_says_what_is_wrong")
        ]


class FreshnessReport(LawModel):
    """How fresh each column was on a scheduled day. `rows`: [{"column", "name", "days", "target", "stale"}, …]."""

    period = models.DateField(unique=True)
    at = models.DateTimeField()
    rows = models.JSONField()
    stale = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("freshness report")
        verbose_name_plural = _("freshness reports")
