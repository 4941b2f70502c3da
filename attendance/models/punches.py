"""Punches as they came: from where, in which batch, and the rows that could not be taken."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from office.audit.lawful import LawModel
from office.subjects import Subject
from office.tables.table import said


class PunchSource(models.Model):
    """A device or a system that tells who was there. `mapping` is the saved column mapping of its files ({field:
    header}). `own_numbers`: its user numbers are our employee numbers unless said otherwise. `sealed_secrets`: as of a
    website that hands over messages, null until something may push."""

    class Format(models.TextChoices):
        ATTLOG = "attlog", _("ZKTeco attlog.dat")
        DINGTALK = "dingtalk", _("DingTalk export")
        WECOM = "wecom", _("WeCom export")
        GENERIC = "generic", _("Other table")

    code = models.SlugField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=60)
    format = models.CharField(_("format"), max_length=8, choices=Format.choices, default=Format.GENERIC)
    mapping = models.JSONField(default=dict, blank=True)
    own_numbers = models.BooleanField(_("its user numbers are our employee numbers"), default=True)
    sealed_secrets = models.BinaryField(null=True)
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("source of punches")
        verbose_name_plural = _("sources of punches")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> Subject:
        return Subject("punch_source", str(self.pk), self.code)


class DeviceUser(models.Model):
    """Whom a source means by a number of its own."""

    source = models.ForeignKey(PunchSource, on_delete=models.CASCADE, related_name="users")
    number = models.CharField(_("number on the device"), max_length=60)
    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="device_numbers",
        verbose_name=_("employee"),
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("number on a device")
        verbose_name_plural = _("numbers on a device")
        constraints = [models.UniqueConstraint(fields=["source", "number"], name="deviceuser_once")]


class PunchBatch(models.Model):
    """One file, or one message that was pushed. Counts are rows. An upload waits sealed in `UploadBlock` under the
    batch's key until it is read; refused rows are kept until `erase_at`. `message_id` with `body_digest` make a pushed
    message count once."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Unusable, nothing taken")

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(PunchSource, on_delete=models.PROTECT, related_name="batches")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(_("file"), max_length=200, blank=True)
    format = models.CharField(max_length=8, blank=True)
    mapping = models.JSONField(null=True)
    state = models.CharField(max_length=7, choices=State.choices, default=State.QUEUED)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    size = models.BigIntegerField(default=0)
    header = models.JSONField(default=list)
    rows_read = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    inserted = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)  # a msgid, or a whole sentence of an older release
    error_params = models.JSONField(default=dict, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    message_id = models.CharField(max_length=80, blank=True)
    body_digest = models.BinaryField(max_length=32, null=True)
    mends = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="mended_by")
    kek = models.CharField(max_length=20, blank=True)
    wrapped_key = models.BinaryField(null=True)
    erase_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("batch of punches")
        verbose_name_plural = _("batches of punches")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "message_id"], condition=~Q(message_id=""), name="punchbatch_message_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(state__in=("queued", "running")), name="punchbatch_unfinished"
            ),
            models.Index(fields=["erase_at"], condition=Q(erased_at=None), name="punchbatch_erase"),
        ]

    @property
    def subject(self) -> Subject:
        return Subject("punch_batch", str(self.pk), f"{self.source.code} #{self.pk}")

    @property
    def why(self) -> str:
        """What stopped it, in the reader's language; "" when nothing did."""
        return said(self.error, self.error_params)

    @property
    def counts(self) -> dict[str, int]:
        return {"inserted": self.inserted, "duplicates": self.duplicates, "rejected": self.rejected}


class UploadBlock(models.Model):
    """A mebibyte of an upload, sealed under the batch's key with its place."""

    batch = models.ForeignKey(PunchBatch, on_delete=models.CASCADE, related_name="blocks", db_index=False)
    place = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "place"], name="uploadblock_once")]


class RejectedPunch(models.Model):
    """A row that was not taken, whole. `message` is an English msgid that `params` fill."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(PunchBatch, on_delete=models.CASCADE, related_name="refused", db_index=False)
    row = models.PositiveIntegerField()
    column = models.CharField(max_length=120, blank=True)
    code = models.CharField(max_length=40)
    message = models.CharField(max_length=300)
    params = models.JSONField(default=dict)
    cells = models.JSONField()
    number = models.CharField(max_length=60, blank=True)  # the user number nobody is known by, else ""

    class Meta:
        verbose_name = _("refused row")
        verbose_name_plural = _("refused rows")
        ordering = ["id"]
        indexes = [models.Index(fields=["batch", "id"], name="rejectedpunch_of_batch")]


class Punch(LawModel):
    """Somebody was there. Never edited: the database refuses it, and lets go of a punch only by
    `attendance_erase_punches`, once the book's retention is over. `raw` is the row as it came; `direction` what the
    device said."""

    class Via(models.TextChoices):
        FILE = "file", _("File")
        PUSH = "push", _("Pushed")
        WEB = "web", _("Web")

    id = models.BigAutoField(primary_key=True)
    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="punches", db_index=False
    )
    at = models.DateTimeField(_("time"))
    via = models.CharField(max_length=4, choices=Via.choices)
    source = models.ForeignKey(
        PunchSource, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    batch = models.ForeignKey(
        PunchBatch, null=True, on_delete=models.PROTECT, related_name="punches", db_index=False
    )
    device = models.CharField(_("device"), max_length=60, blank=True)
    direction = models.CharField(max_length=3, blank=True)
    raw = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("punch")
        verbose_name_plural = _("punches")
        constraints = [
            models.UniqueConstraint(fields=["employee", "at"], name="punch_once"),
            models.CheckConstraint(condition=Q(direction__in=("", "in", "out")), name="punch_direction"),
            models.CheckConstraint(
                condition=Q(via="web", source=None, batch=None)
                | Q(via__in=("file", "push"), source__isnull=False, batch__isnull=False),
                name="punch_from_somewhere",
            ),
        ]
        indexes = [models.Index(fields=["at"], name="punch_by_time")]


class CorrectedPunch(LawModel):
    """A punch that a device did not take and that was agreed to, beside the punches and never in their place. Names the
    run; the database compares the two."""

    id = models.BigAutoField(primary_key=True)
    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="corrected_punches", db_index=False
    )
    at = models.DateTimeField(_("time"))
    direction = models.CharField(max_length=3)
    made_at = models.DateTimeField()
    run_id = models.BigIntegerField()
    authority_clause = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = _("corrected punch")
        verbose_name_plural = _("corrected punches")
        constraints = [
            models.UniqueConstraint(fields=["employee", "at", "run_id"], name="correctedpunch_once"),
            models.CheckConstraint(condition=Q(direction__in=("in", "out")), name="correctedpunch_direction"),
        ]
