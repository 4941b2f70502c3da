"""A run of a chain: what is asked for, its steps, and whose turn it is."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from office.approvals import rules
from office.subjects import Subject, subject_said

if TYPE_CHECKING:
    from office.approvals.models.papers import Paper

LIVE = ("running", "returned", "agreed")


class Run(models.Model):
    """One request on its way through a chain.

    The chain is copied from the book in force at submission (`chain`, `version_id`, `clause`, `chain_steps`,
    `executor`, `check_by`). What is asked for is a Paper, one for each round; `preview` repeats the first changes of
    the latest so that lists need no paper. `revision` grows with every act: a page says which one it showed.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Waiting for agreement")
        RETURNED = "returned", _("Returned to the requester")
        AGREED = "agreed", _("Agreed, to be carried out")
        EXECUTED = "executed", _("Carried out")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        VOIDED = "voided", _("Void: the subject has changed")

    class CheckState(models.TextChoices):
        NONE = "", _("None asked for")
        WAITING = "waiting", _("To be checked")
        PASSED = "passed", _("Checked and right")
        FAILED = "failed", _("Checked and wrong")

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    label = models.CharField(max_length=120)
    flags = ArrayField(models.CharField(max_length=30), default=list)
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="asked_runs"
    )
    post = models.CharField(max_length=30, blank=True)  # the post in which the requester asks
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    revision = models.PositiveIntegerField(default=1)
    round = models.PositiveSmallIntegerField(default=1)
    chain = models.CharField(max_length=60)
    version_id = models.BigIntegerField()
    clause = models.CharField(max_length=20)
    chain_steps = models.PositiveSmallIntegerField()
    executor = models.CharField(max_length=30, blank=True)
    check_by = ArrayField(models.CharField(max_length=30), default=list)
    similar = models.CharField(max_length=120)
    preview = models.JSONField(default=dict)  # {"total": n, language: [[label, before, after, row], …]}
    follows = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="followed_by")
    submitted_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)  # agreed by all, or rejected
    executed_at = models.DateTimeField(null=True)
    executed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="executed_runs"
    )
    ended_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)  # returned: no clock runs since then
    execute_due_at = models.DateTimeField(null=True)
    execute_rule = models.CharField(max_length=60, blank=True)
    execution_evidence = models.CharField(max_length=500, blank=True)
    check_state = models.CharField(
        max_length=8, choices=CheckState.choices, default=CheckState.NONE, blank=True
    )
    changed_fields = ArrayField(models.CharField(max_length=60), default=list)  # why it is void

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_type", "subject_id"],
                condition=Q(state__in=LIVE),
                name="run_one_live",
            ),
            models.CheckConstraint(
                condition=Q(state="executed") ^ Q(executed_at=None), name="run_executed_has_instant"
            ),
            models.CheckConstraint(
                condition=Q(state="returned") ^ Q(paused_at=None), name="run_returned_is_paused"
            ),
            models.CheckConstraint(
                condition=Q(state__in=LIVE) ^ Q(ended_at__isnull=False), name="run_ended_has_instant"
            ),
        ]
        indexes = [
            models.Index(fields=["requester", "-id"], name="run_requester"),
            models.Index(fields=["subject_type", "subject_id", "-id"], name="run_subject"),
            models.Index(
                fields=["kind", "similar", "-decided_at"],
                condition=Q(decided_at__isnull=False),
                name="run_similar",
            ),
            models.Index(
                fields=["executor", "execute_due_at"], condition=Q(state="agreed"), name="run_to_execute"
            ),
            models.Index(
                fields=["check_state", "ended_at"], condition=Q(check_state="waiting"), name="run_to_check"
            ),
            models.Index(fields=["submitted_at"], name="run_submitted"),
            models.Index(fields=["state", "id"], condition=Q(state__in=LIVE), name="run_live"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @property
    def said(self) -> str:
        """What the request is about, as people read it: a number with its word in the reader's language."""
        return subject_said(self.subject_type, self.label)

    @property
    def subject(self) -> Subject:
        """What the request is about."""
        return Subject(self.subject_type, self.subject_id, self.label)

    @property
    def as_subject(self) -> Subject:
        """The run itself, as audit entries, notices and deadlines name it."""
        return Subject("run", str(self.pk), self.label)

    @cached_property
    def paper(self) -> Paper:
        """What is asked for now: the paper of the present round."""
        return self.papers.get(round=self.round)

    @property
    def payload(self) -> dict[str, Any]:
        return rules.payload_of(bytes(self.paper.payload))

    @property
    def live(self) -> bool:
        return self.state in LIVE


class Step(models.Model):
    """One step of a run: any one of, or all of, its seats agree.

    `place` orders the steps of a run, with gaps for those that are added. A step that was superseded by a return to
    an earlier one is no longer `current`; it stays as history.
    """

    class Mode(models.TextChoices):
        ANY = "any", _("one of")
        ALL = "all", _("all of")

    class State(models.TextChoices):
        WAITING = "waiting", _("Not yet")
        ACTIVE = "active", _("Now")
        AGREED = "agreed", _("Agreed")
        REJECTED = "rejected", _("Rejected")
        RETURNED = "returned", _("Returned")
        CANCELLED = "cancelled", _("Not needed any more")

    class Origin(models.TextChoices):
        CHAIN = "chain", _("by the chain")
        ADDED = "added", _("added")

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="steps", db_index=False)
    round = models.PositiveSmallIntegerField()
    place = models.PositiveIntegerField()
    mode = models.CharField(max_length=3, choices=Mode.choices)
    positions = ArrayField(models.CharField(max_length=30))  # of the book; "superior" resolved at submission
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    origin = models.CharField(max_length=10, choices=Origin.choices)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    rule = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    current = models.BooleanField(default=True)
    opened_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    reminded = models.PositiveSmallIntegerField(default=0)
    reminded_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        constraints = [
            models.UniqueConstraint(
                fields=["run", "place"], condition=Q(current=True), name="step_one_in_place"
            ),
            models.UniqueConstraint(fields=["run"], condition=Q(state="active"), name="step_one_active"),
        ]
        indexes = [
            models.Index(fields=["run", "round", "place"], name="step_run"),
            models.Index(fields=["closed_at"], condition=Q(closed_at__isnull=False), name="step_closed"),
        ]


class Seat(models.Model):
    """One chair of a step: a post whose holders may decide, or a person.

    `climbed_from`: the post of the chain, when nobody but the requester holds it. `stuck`: the post has no holder.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("Asked")
        DECIDED = "decided", _("Decided")
        FORWARDED = "forwarded", _("Forwarded")
        CLOSED = "closed", _("Not needed any more")

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="seats")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="seats")
    position = models.CharField(max_length=30, blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    climbed_from = models.CharField(max_length=30, blank=True)
    forwarded_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    stuck = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()

    class Meta:
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        constraints = [
            models.CheckConstraint(condition=Q(position="") ^ Q(person=None), name="seat_post_or_person"),
            models.UniqueConstraint(
                fields=["step", "position", "climbed_from"],
                condition=Q(state="active") & ~Q(position=""),
                name="seat_post_once",
            ),
            models.UniqueConstraint(
                fields=["step", "person"],
                condition=Q(state="active", person__isnull=False),
                name="seat_person_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["position", "due_at"],
                condition=Q(state="active", person=None),
                name="seat_waits_on_post",
            ),
            models.Index(
                fields=["person", "due_at"],
                condition=Q(state="active", person__isnull=False),
                name="seat_waits_on_person",
            ),
            models.Index(fields=["id"], condition=Q(state="active", stuck=True), name="seat_stuck"),
        ]
