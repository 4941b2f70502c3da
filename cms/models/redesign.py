"""Redesigns of the main page (C3.3, M1.3) and its periodic review (C3.1, M1.1)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from office.audit.lawful import LawModel
from office.files.models import StoredFile
from office.subjects import Subject


class Review(models.Model):
    """One look at the main page, opened by the schedule: `opened_for` is the instant it was due to begin. Closed once,
    with findings, and with a redesign where they ask for one."""

    opened_for = models.DateTimeField(unique=True)
    clause = models.CharField(max_length=20)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    findings = models.TextField(_("findings"), blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("review of the main page")
        verbose_name_plural = _("reviews of the main page")
        constraints = [
            models.CheckConstraint(
                name="review_closed_with_findings",
                condition=Q(closed_at=None, closed_by=None, findings="")
                | (Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(findings="")),
            ),
            models.UniqueConstraint(models.Value(1), condition=Q(closed_at=None), name="review_one_open"),
        ]

    def __str__(self) -> str:
        return str(_("Review of the main page"))

    @property
    def subject(self) -> Subject:
        return Subject(
            "page_review", str(self.pk), f"{_('Review of the main page')} {self.opened_for:%Y-%m-%d}"
        )


class Redesign(models.Model):
    """A proposal: what, why, and how it would look. `review`: the one it came from. `done`: it was carried out."""

    title = models.CharField(_("title"), max_length=80)
    aim = models.TextField(_("aim"), max_length=1000)
    page = models.CharField(_("page"), max_length=120)
    review = models.ForeignKey(Review, models.PROTECT, null=True, blank=True, related_name="redesigns")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("redesign")
        verbose_name_plural = _("redesigns")
        indexes = [models.Index(fields=["-updated_at", "-id"], name="redesign_updated")]

    def __str__(self) -> str:
        return self.title

    @property
    def subject(self) -> Subject:
        return Subject("redesign", str(self.pk), self.title)


class MockUp(models.Model):
    """One view of a redesign: how it looks now (`before`, which a new page has not) and how it would (`after`)."""

    redesign = models.ForeignKey(Redesign, models.CASCADE, related_name="mock_ups")
    label = models.CharField(_("view"), max_length=60)
    place = models.PositiveSmallIntegerField(default=0)
    before = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    after = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("mock-up")
        verbose_name_plural = _("mock-ups")
        ordering = ["place", "id"]

    def __str__(self) -> str:
        return self.label


class RedesignDone(LawModel):
    """A redesign was carried out as agreed: `digest` is that of the proposal and its pictures; `evidence` says where to
    see it."""

    redesign = models.OneToOneField(Redesign, models.PROTECT, related_name="done")
    digest = models.CharField(max_length=64)
    evidence = models.CharField(max_length=500)
    run = models.ForeignKey("approvals.Run", models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("redesign carried out")
        verbose_name_plural = _("redesigns carried out")
        constraints = [models.CheckConstraint(condition=~Q(evidence=""), name="redesign_done_evidence")]
