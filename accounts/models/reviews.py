"""The quarter's look at every grant (C13.2): kept on purpose, or ended."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.grants import Grant
from office.audit.lawful import LawModel
from office.subjects import Subject


class GrantReview(models.Model):
    """One review, opened for an instant of its schedule. It is about the grants that are in force at `opened_at`; it
    closes when each of them has a word or is over."""

    opened_for = models.DateTimeField(unique=True)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    clause = models.CharField(max_length=20)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("review of grants")
        verbose_name_plural = _("reviews of grants")

    @property
    def subject(self) -> Subject:
        return Subject("grant_review", str(self.pk), f"#{self.pk}")


class GrantWord(LawModel):
    """What was said about one grant in one review. `run`: the request to end it that came of it."""

    class Decision(models.TextChoices):
        KEEP = "keep", _("needed further on")
        END = "end", _("to be ended")

    id = models.BigAutoField(primary_key=True)
    review = models.ForeignKey(GrantReview, on_delete=models.PROTECT, related_name="words")
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="words")
    decision = models.CharField(max_length=4, choices=Decision.choices)
    reason = models.CharField(_("reason"), max_length=500)
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("word on a grant")
        verbose_name_plural = _("words on grants")
        constraints = [
            models.UniqueConstraint(fields=["review", "grant"], name="grant_word_once"),
            models.CheckConstraint(
                condition=Q(decision="keep", run=None) | Q(decision="end"), name="grant_word_run"
            ),
        ]
