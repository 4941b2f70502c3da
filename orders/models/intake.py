"""Batches of uploaded files, the rows that were refused, and webhook receipts."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from office.tables.table import said
from orders.intake.format_names import FORMAT_NAMES
from orders.models.shops import Shop


class Batch(models.Model):
    """One upload or one command-line import. `wrapped_key` seals its upload and rejected rows; erased after 90 days.

    `orders_done` counts the order numbers of the file whose outcome is committed, in the file's order: a run that was
    killed goes on behind them, so that the counts stay exact. `mapping` is the one given with the file.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Unusable, nothing booked")
        BROKEN = "broken", _("Broken off")

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="batches")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="batches"
    )
    filename = models.CharField(max_length=200)
    format = models.CharField(max_length=20, blank=True)  # "" until recognised
    historical = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    size = models.BigIntegerField(default=0)
    stored_as = models.CharField(
        max_length=200, blank=True
    )  # encrypted upload under the home folder, until read
    detail_stored_as = models.CharField(max_length=200, blank=True)  # the second file of a list + detail pair
    detail_size = models.BigIntegerField(default=0)
    mapping = models.JSONField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    orders_done = models.PositiveIntegerField(default=0)
    mends_id = models.BigIntegerField(null=True)  # the batch whose rejected rows this one sends again
    rows_read = models.PositiveIntegerField(default=0)
    progress = models.PositiveSmallIntegerField(default=0)  # per cent of bytes read
    inserted = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)  # rows
    conflicts = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)  # a msgid, or a whole sentence of an older release
    error_params = models.JSONField(default=dict, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    header = models.JSONField(default=list)
    detail_header = models.JSONField(default=list)
    wrapped_key = models.BinaryField(null=True)
    kek = models.CharField(max_length=20, blank=True)
    erase_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["-id"], name="batch_newest"),
            models.Index(
                fields=["id"], condition=models.Q(state__in=("queued", "running")), name="batch_unfinished"
            ),
        ]

    @property
    def why(self) -> str:
        """What stopped it, in the reader's language; "" when nothing did."""
        params = self.error_params
        if (name := params.get("format")) in FORMAT_NAMES:
            params = {**params, "format": FORMAT_NAMES[name]}
        return said(self.error, params)


class RejectedRow(models.Model):
    """A row that was not booked (or an order in conflict), kept whole under the batch key."""

    class Reason(models.TextChoices):
        REJECTED = "rejected", _("Rejected")
        CONFLICT = "conflict", _("Conflict")

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rejected_rows", db_index=False)
    row = models.PositiveIntegerField()  # 1-based row number in the file, the header included
    kind = models.CharField(max_length=8, choices=Reason.choices, default=Reason.REJECTED)
    in_detail = models.BooleanField(default=False)  # a row of the detail list
    column = models.CharField(max_length=120, blank=True)
    code = models.CharField(max_length=40)
    message = models.CharField(max_length=300)  # English msgid-like sentence, without the cell's text
    params = models.JSONField(default=dict)
    order_id = models.BigIntegerField(null=True)  # the booked order that it conflicts with
    sealed = models.BinaryField()
    # Keyed hashes of what an erased customer is found by here (orders.traces): never tied to an order, yet his.
    traces = ArrayField(models.BinaryField(), null=True)

    class Meta:
        verbose_name = _("rejected row")
        verbose_name_plural = _("rejected rows")
        ordering = ["row"]
        indexes = [
            models.Index(fields=["batch", "id"], name="rejected_of_batch"),
            GinIndex(fields=["traces"], name="rejected_traces", condition=models.Q(traces__isnull=False)),
        ]


class WebhookReceipt(models.Model):
    """What a shop or an API client sent, by its own idempotency id; the raw body sealed for 90 days."""

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="receipts", db_index=False)
    message_id = models.CharField(max_length=120)
    topic = models.CharField(max_length=60, blank=True)
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=12)  # inserted, duplicate, conflict, ignored, rejected
    order_id = models.BigIntegerField(null=True)
    detail = models.CharField(max_length=300, blank=True)
    body_digest = models.BinaryField(max_length=32)
    wrapped_key = models.BinaryField(null=True)
    kek = models.CharField(max_length=20, blank=True)
    sealed_body = models.BinaryField(null=True)
    erase_at = models.DateTimeField()
    traces = ArrayField(models.BinaryField(), null=True)  # as of RejectedRow; null for what booked an order

    class Meta:
        verbose_name = _("webhook receipt")
        verbose_name_plural = _("webhook receipts")
        constraints = [models.UniqueConstraint(fields=["shop", "message_id"], name="receipt_once")]
        indexes = [
            models.Index(fields=["erase_at"], name="receipt_erase"),
            GinIndex(fields=["traces"], name="receipt_traces", condition=models.Q(traces__isnull=False)),
        ]
