"""People on their way out: the leaving, and what is handed over (S4c, S6)."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attendance.rules.leaving import access_ends_at
from office.subjects import Subject


class Leaving(models.Model):
    """A person leaves after `last_day`, because the run was agreed to. Running until the access has ended by itself at
    the midnight after that day; called off before that, it never was. The database keeps employee, reason, day and run
    as they were agreed."""

    class Reason(models.TextChoices):
        RESIGNATION = "resignation", _("resignation")
        DISMISSAL = "dismissal", _("dismissal")
        ABSENCE = "absence", _("left without a word")
        PROBATION = "probation", _("probation not passed")
        OTHER = "other", _("other reason")

    class State(models.TextChoices):
        RUNNING = "running", _("on the way out")
        LEFT = "left", _("has left")
        CALLED_OFF = "called_off", _("called off")

    employee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="leavings")
    reason = models.CharField(_("reason"), max_length=11, choices=Reason.choices)
    last_day = models.DateField(_("last day"))
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, related_name="+")
    clause = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    began_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("leaving")
        verbose_name_plural = _("leavings")
        constraints = [
            models.UniqueConstraint(
                fields=["employee"], condition=Q(state="running"), name="leaving_one_running"
            ),
            models.UniqueConstraint(fields=["run"], name="leaving_once_a_run"),
            models.CheckConstraint(
                condition=Q(state="running", ended_at=None)
                | Q(state__in=["left", "called_off"], ended_at__isnull=False),
                name="leaving_ended_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state="called_off") | ~Q(ended_reason=""), name="leaving_called_off_says_why"
            ),
        ]
        indexes = [models.Index(fields=["last_day"], condition=Q(state="running"), name="leaving_due")]

    def __str__(self) -> str:
        return f"{self.employee.name} · {self.last_day:%Y-%m-%d}"

    @property
    def subject(self) -> Subject:
        return Subject("leaving", str(self.pk), str(self))

    @property
    def access_ends_at(self) -> datetime:
        return access_ends_at(self.last_day)


class HandOverItem(models.Model):
    """One thing that the leaving person holds, by the word of a provider (attendance.holdings) and its own key.

    Open: nobody is named. Offered: `successor` was named and has not said yes. Taken: he took it over; `moved` says
    whether the thing itself went to him by a verb of its desk. Gone: the person no longer holds it.
    """

    class State(models.TextChoices):
        OPEN = "open", _("nobody named")
        OFFERED = "offered", _("waits for a yes")
        TAKEN = "taken", _("taken over")
        GONE = "gone", _("settled")

    leaving = models.ForeignKey(Leaving, on_delete=models.PROTECT, related_name="items")
    provider = models.CharField(max_length=30)
    key = models.CharField(max_length=40)
    label = models.CharField(max_length=200)
    url = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=7, choices=State.choices, default=State.OPEN)
    successor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="taken_over"
    )
    named_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    named_at = models.DateTimeField(null=True)
    refused_words = models.CharField(max_length=300, blank=True)
    closed_at = models.DateTimeField(null=True)
    moved = models.BooleanField(default=False)
    found_at = models.DateTimeField()

    class Meta:
        verbose_name = _("thing to hand over")
        verbose_name_plural = _("things to hand over")
        constraints = [
            models.UniqueConstraint(fields=["leaving", "provider", "key"], name="handover_item_once"),
            models.CheckConstraint(
                condition=Q(state="open", successor=None, closed_at=None)
                | Q(state="offered", successor__isnull=False, named_by__isnull=False, closed_at=None)
                | Q(state="taken", successor__isnull=False, closed_at__isnull=False)
                | Q(state="gone", closed_at__isnull=False),
                name="handover_item_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["successor"], condition=Q(state="offered"), name="handover_offered"),
        ]

    def __str__(self) -> str:
        return self.label
