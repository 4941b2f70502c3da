"""The weekly (C7.4) or daily (M5.4) record of orders."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class OrderRecord(models.Model):
    """One scheduled run: every order received in [period_start, period_end), written to a sealed file and read back.

    `sha256` is the digest of the file as it lies under the home folder; `wrapped_key` its key under the application's.
    A back-office clerk confirms the record.
    """

    id = models.BigAutoField(primary_key=True)
    clause = models.CharField(max_length=20)
    period_start = models.DateTimeField()
    period_end = models.DateTimeField(unique=True)
    made_at = models.DateTimeField()
    orders = models.PositiveIntegerField()
    lines = models.PositiveIntegerField()
    filename = models.CharField(max_length=120)
    size = models.BigIntegerField()
    sha256 = models.BinaryField(max_length=32)
    kek = models.CharField(max_length=20)
    wrapped_key = models.BinaryField()
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="confirmed_records"
    )

    class Meta:
        verbose_name = _("order record")
        verbose_name_plural = _("order records")
        ordering = ["-period_end"]
        constraints = [
            models.CheckConstraint(
                condition=Q(period_end__gt=F("period_start")), name="record_period_forward"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by=None)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="record_confirmed_by_somebody",
            ),
        ]
