"""Versions of the book and days that differ from the national calendar."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _


class Version(models.Model):
    """One book as it was put in force: its text, its SHA-256, and from when to when it binds (C14).

    At most one version of any book is in force at an instant. A version that was scheduled and then
    superseded before it began has an empty range. `base_source` is the text of the included book, "" when
    there is none; `sha256` covers both (`services.digest_of`). A person puts a book in force through an approval only;
    without one it was done at the terminal, in nobody's name.
    """

    book = models.CharField(_("book"), max_length=20)
    effective = DateTimeRangeField(_("in force"))
    source = models.TextField()
    base_source = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64)
    activated_by_id = models.BigIntegerField(null=True)
    activated_by_name = models.CharField(max_length=120)
    run_id = models.BigIntegerField(null=True)  # the approval it rests on; null: activated at the terminal
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("rulebook version")
        verbose_name_plural = _("rulebook versions")
        ordering = ["-id"]
        constraints = [
            ExclusionConstraint(
                name="rulebook_one_version_in_force", expressions=[("effective", RangeOperators.OVERLAPS)]
            )
        ]

    def __str__(self) -> str:
        return f"{self.book} #{self.pk}"


class DayOverride(models.Model):
    """A local day that is off or worked although the national calendar says otherwise."""

    class Kind(models.TextChoices):
        OFF = "off", _("Day off")
        WORK = "work", _("Working day")

    date = models.DateField(_("date"), unique=True)
    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=60)
    source = models.CharField(_("source"), max_length=200)

    class Meta:
        verbose_name = _("changed day")
        verbose_name_plural = _("changed days")
        ordering = ["date"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["off", "work"]), name="rulebook_day_kind_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.kind}"
