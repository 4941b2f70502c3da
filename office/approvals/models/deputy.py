"""Who decides for whom, from when to when, while somebody is away."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from office.approvals.models.run import Run
from office.audit.lawful import LawModel


class Deputy(LawModel):
    """Somebody who may decide in the place of an absent person. Rests on the run that agreed to it; what the
    application writes here without one is refused by the database."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, related_name="deputies")
    authority_clause = models.CharField(max_length=20, blank=True)
    absent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="deputies")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="deputises")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("deputy")
        verbose_name_plural = _("deputies")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="deputy_forward"
            ),
            models.CheckConstraint(condition=~models.Q(absent=models.F("person")), name="deputy_is_another"),
        ]


class DeputyEnd(LawModel):
    """A deputy was no longer needed from `at` on."""

    deputy = models.OneToOneField(Deputy, on_delete=models.PROTECT, related_name="ended")
    by_id = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("end of a deputy")
        verbose_name_plural = _("ends of deputies")
