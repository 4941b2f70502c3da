"""Deadlines are rows. Whether one was kept is a fact (met_at against due_at), never a worker's word."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Deadline(models.Model):
    """One clock of one rule on one subject.

    `plan_at[i]`, `plan_kind[i]` ("w" warning, "b" breach, "e" escalation) and `plan_to[i]` ("holder", a
    position, "position:on_duty", or several of them joined by "|") are the steps computed from the rule
    when the clock was opened, ascending in time; `step` is the next one to be told, `next_at` its instant
    (later when a handler failed and backs off), null when nothing more is to be told.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Running")
        MET = "met", _("Met")
        CANCELLED = "cancelled", _("Cancelled")

    id = models.BigAutoField(primary_key=True)
    rule = models.CharField(max_length=60)
    clause = models.CharField(max_length=20)
    version_id = models.BigIntegerField()  # rulebook version in force when it began
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    label = models.CharField(max_length=120)
    holder_id = models.BigIntegerField(null=True)  # whose turn it is; null: nobody's yet
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    met_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)  # when the breach was told, for the lateness figure
    plan_at = ArrayField(models.DateTimeField())
    plan_kind = ArrayField(models.CharField(max_length=1))
    plan_to = ArrayField(models.CharField(max_length=200))
    step = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "subject_type", "subject_id"],
                condition=Q(state="open"),
                name="deadline_one_pending",
            ),
            models.CheckConstraint(condition=Q(due_at__gte=F("started_at")), name="deadline_forward"),
            models.CheckConstraint(
                condition=Q(state="open", met_at=None, cancelled_at=None)
                | Q(state="met", met_at__isnull=False, cancelled_at=None)
                | Q(state="cancelled", met_at=None, cancelled_at__isnull=False),
                name="deadline_state_fits",
            ),
            models.CheckConstraint(
                condition=Q(next_at=None) | Q(state="open"), name="deadline_only_open_waits"
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="deadline_next"),
            models.Index(fields=["subject_type", "subject_id"], name="deadline_subject"),
            models.Index(fields=["clause", "due_at"], name="deadline_clause"),
        ]


class DeadlineEvent(models.Model):
    """What was told when: history and the proof that each step happened once."""

    id = models.BigAutoField(primary_key=True)
    # No index of its own: deadline_event_once begins with it.
    deadline = models.ForeignKey(Deadline, on_delete=models.CASCADE, related_name="events", db_index=False)
    step = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=1)
    at = models.DateTimeField()
    planned_at = models.DateTimeField()

    class Meta:
        verbose_name = _("deadline event")
        verbose_name_plural = _("deadline events")
        constraints = [models.UniqueConstraint(fields=["deadline", "step"], name="deadline_event_once")]


class SweepTick(models.Model):
    """The last sweep (name "sweep"), so that an outage is seen and reported."""

    name = models.CharField(max_length=20, primary_key=True)
    last_at = models.DateTimeField()

    class Meta:
        verbose_name = _("sweep tick")
        verbose_name_plural = _("sweep ticks")


class SweepGap(models.Model):
    """An outage of the sweep: from the last tick before it to the first one after."""

    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()

    class Meta:
        verbose_name = _("sweep gap")
        verbose_name_plural = _("sweep gaps")
