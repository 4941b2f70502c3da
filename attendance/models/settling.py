"""What a day came to, and what is to be settled again because a fact came."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from office.audit.lawful import LawModel


class Unsettled(models.Model):
    """A person's day whose facts have changed since it was settled, or that was never settled. The row goes when the
    day is settled; a fact that comes meanwhile raises `marks`, so that it is not lost."""

    employee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    day = models.DateField(_("day"))
    marks = models.IntegerField(default=1)
    since = models.DateTimeField()

    class Meta:
        verbose_name = _("day to settle")
        verbose_name_plural = _("days to settle")
        constraints = [
            models.UniqueConstraint(fields=["employee", "day"], name="unsettled_once"),
        ]
        indexes = [models.Index(fields=["since"], name="unsettled_since")]


class SettledDay(LawModel):
    """What a person's day came to (S1, S2d). Settled again when facts arrive late: `turn` counts from 1, the highest
    holds, the earlier ones keep what was said before. The same facts give no new turn.

    `verdict` is the day in one word, `flags` what is to be noted beside it. `planned`, `worked`, `late`, `early`,
    `leave` and `absent` are lengths of time; `absent_share` is the part of the day's wage at stake (S2d), 0.00 to 1.00.
    `came_at` and `left_at` are the first and last punch that counted. `facts` names the shifts, leaves and punches it
    rests on, as canonical JSON with `digest` its SHA-256; `version_id` is the book that judged. When the time of
    the punches is over their instants go out of it, and the digest stays (`reduced`).
    """

    class Verdict(models.TextChoices):
        PRESENT = "present", _("present")
        PARTLY = "partly", _("partly absent")
        ABSENT = "absent", _("absent without leave")
        LEAVE = "leave", _("on leave")
        REST = "rest", _("rest day")

    id = models.BigAutoField(primary_key=True)
    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="settled_days", db_index=False
    )
    day = models.DateField(_("day"))
    turn = models.SmallIntegerField()
    verdict = models.CharField(_("outcome"), max_length=7, choices=Verdict.choices)
    flags = ArrayField(
        models.CharField(max_length=12), default=list
    )  # late, early, missing_in, missing_out, provisional
    planned = models.DurationField()
    worked = models.DurationField()
    late = models.DurationField()
    early = models.DurationField()
    leave = models.DurationField()
    absent = models.DurationField()
    absent_share = models.DecimalField(max_digits=3, decimal_places=2)
    came_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    facts = models.JSONField()
    digest = models.CharField(max_length=64)
    version_id = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("settled day")
        verbose_name_plural = _("settled days")
        constraints = [
            models.UniqueConstraint(fields=["employee", "day", "turn"], name="settled_turn_once"),
            models.CheckConstraint(condition=Q(turn__gte=1), name="settled_turn_counts"),
            models.CheckConstraint(
                condition=Q(absent_share__gte=0, absent_share__lte=1), name="settled_share_of_a_day"
            ),
        ]
        indexes = [models.Index(fields=["day", "employee"], name="settled_by_day")]

    @property
    def reduced(self) -> bool:
        """Whether the instants of its punches are erased."""
        return "reduced" in self.facts
