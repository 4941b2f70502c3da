"""Sites that are watched (W2): what each look found, and the text that was approved to stand there."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cms.models.columns import Column
from office.audit.lawful import LawModel
from office.subjects import Subject


class WatchedSite(models.Model):
    """One address that is looked at on schedule. `part`: the id of the element whose text counts, "" for the page's.

    `streaks`: {kind of incident: how often in a row it was seen}. `ends_at`: when the certificate last seen runs out.
    `seen_digest`, `seen_text`: the text that stood there last. The rest repeats the newest probe, for lists.
    """

    name = models.CharField(_("name"), max_length=60)
    url = models.URLField(_("address"), max_length=300, unique=True)
    watch_text = models.BooleanField(_("compare the text with what was approved"), default=True)
    part = models.CharField(_("id of the part that counts"), max_length=60, blank=True)
    columns = models.ManyToManyField(
        Column, blank=True, related_name="watched_on", verbose_name=_("columns that it shows")
    )
    active = models.BooleanField(_("watched"), default=True)
    created_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    streaks = models.JSONField(default=dict)
    last_at = models.DateTimeField(null=True)
    last_well = models.BooleanField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True)
    last_ms = models.PositiveIntegerField(null=True)
    last_error = models.CharField(max_length=20, blank=True)
    ends_at = models.DateTimeField(null=True)
    seen_digest = models.CharField(max_length=64, blank=True)
    seen_text = models.TextField(blank=True)

    class Meta:
        verbose_name = _("watched site")
        verbose_name_plural = _("watched sites")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(active=True, next_at__isnull=False) | Q(active=False, next_at=None),
                name="site_active_is_due",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="watched_site_due")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> Subject:
        return Subject("watched_site", str(self.pk), self.name)


class Baseline(LawModel):
    """The text that was approved to stand on a site from `at` on; the newest counts. Moved by a person with a reason,
    or by a publication that an approval led to (`run`)."""

    site = models.ForeignKey(WatchedSite, on_delete=models.PROTECT, related_name="baselines", db_index=False)
    digest = models.CharField(max_length=64)  # SHA-256 of the normalised text
    text = models.TextField(blank=True)
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("approved text")
        verbose_name_plural = _("approved texts")
        constraints = [
            models.CheckConstraint(
                condition=(Q(by__isnull=False) & ~Q(reason="")) | Q(run__isnull=False),
                name="baseline_has_authority",
            )
        ]
        indexes = [models.Index(fields=["site", "-id"], name="baseline_newest")]


class Probe(models.Model):
    """What one look found, kept as long as the book says. `status` 0: no whole answer came; `error` says why not
    (office.outbound).
    `digest`: the first eight bytes of the text's SHA-256, null when no text was compared."""

    id = models.BigAutoField(primary_key=True)
    site = models.ForeignKey(WatchedSite, on_delete=models.CASCADE, related_name="probes", db_index=False)
    at = models.DateTimeField()
    well = models.BooleanField()
    status = models.PositiveSmallIntegerField(default=0)
    ms = models.PositiveIntegerField(null=True)
    error = models.CharField(max_length=20, blank=True)
    digest = models.BinaryField(max_length=8, null=True)

    class Meta:
        verbose_name = _("probe")
        verbose_name_plural = _("probes")
        indexes = [
            models.Index(fields=["site", "-at"], name="probe_site_at"),
            models.Index(fields=["at"], name="probe_at"),
        ]
