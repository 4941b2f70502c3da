"""Decisions. Rows of these tables are law: they are neither changed nor deleted."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from office.approvals.models.run import Run, Seat, Step
from office.audit.lawful import LawModel


class Vote(LawModel):
    """One decision on one seat. `on_behalf_of` is the absent person for whom a deputy decided, `acting_for` the post
    that was only acted for; `names` the earlier vote of the same person on the same paper that settles this seat."""

    class Decision(models.TextChoices):
        APPROVE = "approve", _("Agreed")
        REJECT = "reject", _("Rejected")
        RETURN = "return", _("Returned")
        AGREED_BEFORE = "agreed_before", _("Agreed before")

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="votes")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="votes")
    seat = models.OneToOneField(Seat, on_delete=models.PROTECT, related_name="vote")
    round = models.PositiveSmallIntegerField()
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="votes", db_index=False
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    acting_for = models.CharField(max_length=30, blank=True)
    decision = models.CharField(max_length=13, choices=Decision.choices)
    comment = models.CharField(max_length=500, blank=True)
    digest = models.CharField(max_length=64)
    names = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = [
            models.CheckConstraint(
                condition=Q(decision="agreed_before") ^ Q(names=None), name="vote_names_an_earlier_one"
            )
        ]
        indexes = [
            models.Index(fields=["person", "-id"], name="vote_person"),
            models.Index(
                fields=["on_behalf_of", "-id"],
                condition=Q(on_behalf_of__isnull=False),
                name="vote_on_behalf_of",
            ),
        ]


class RowDecision(LawModel):
    """A row of the payload that was refused while the rest was agreed; `row` counts from 0."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="refused_rows", db_index=False)
    round = models.PositiveSmallIntegerField()
    row = models.PositiveIntegerField()
    vote = models.ForeignKey(Vote, on_delete=models.PROTECT, related_name="refused_rows")

    class Meta:
        verbose_name = _("refused row")
        verbose_name_plural = _("refused rows")
        constraints = [
            models.UniqueConstraint(fields=["run", "round", "row", "vote"], name="row_refused_once_a_vote")
        ]

    @classmethod
    def standing(cls, run: Run) -> models.QuerySet[RowDecision]:
        """Those of this round whose step stands: after a return to an earlier step everybody is asked anew, about every
        row. The database counts them by the same rule (approvals_asked)."""
        return cls.objects.filter(run=run, round=run.round, vote__step__current=True)


class Check(LawModel):
    """What a third person found when looking at the result."""

    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="checked")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ok = models.BooleanField()
    comment = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("check")
        verbose_name_plural = _("checks")
