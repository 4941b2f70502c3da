"""Runs, the files they left, and the certificates of their drills."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backups.models.keys import BackupKey
from office.audit.lawful import LawModel
from office.subjects import Subject


class BackupRun(models.Model):
    """One backup from being asked for to lying on the disk. Finished, it does not change any more (a law trigger)."""

    class Kind(models.TextChoices):
        DATABASE = "database", _("Database")
        ORDERS = "orders", _("Orders")
        FILES = "files", _("Files")

    class Cause(models.TextChoices):
        SCHEDULE = "schedule", _("by the rulebook")
        ASKED = "asked", _("asked for on the page")
        COMMAND = "command", _("asked for at the machine")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("made")
        FAILED = "failed", _("given up")

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    cause = models.CharField(max_length=8, choices=Cause.choices)
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    clause = models.CharField(max_length=20)
    due_at = models.DateTimeField(
        null=True
    )  # the instant of the schedule; the end of an orders backup's period
    period_start = models.DateTimeField(null=True)
    ref = models.BigIntegerField(null=True)  # the record of orders that it holds
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)
    error_code = models.CharField(max_length=20, blank=True)
    backup_id = models.CharField(max_length=36, blank=True)
    made_at = models.DateTimeField(null=True)  # the snapshot: what came later is not in it
    seconds = models.FloatField(null=True)
    key = models.ForeignKey(BackupKey, on_delete=models.PROTECT, null=True, related_name="runs")
    manifest = models.JSONField(null=True)

    class Meta:
        verbose_name = _("backup")
        verbose_name_plural = _("backups")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "due_at"], condition=Q(cause="schedule"), name="backups_run_once_a_schedule"
            ),
            models.UniqueConstraint(fields=["kind"], condition=Q(state="running"), name="backups_one_runs"),
            models.CheckConstraint(
                condition=Q(state__in=("done", "failed"), finished_at__isnull=False)
                | Q(state__in=("waiting", "running"), finished_at=None),
                name="backups_run_finished",
            ),
            models.CheckConstraint(
                condition=~Q(state="done")
                | Q(made_at__isnull=False, key__isnull=False, manifest__isnull=False),
                name="backups_done_is_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"], condition=Q(state__in=("waiting", "running")), name="backups_run_open"
            ),
            models.Index(fields=["kind", "-made_at"], condition=Q(state="done"), name="backups_run_newest"),
        ]

    @property
    def subject(self) -> Subject:
        return Subject("backup", str(self.pk), f"{self.kind} #{self.pk}")


class Copy(models.Model):
    """One file of a run at one place. Its facts stand; whether it is still there moves."""

    class Role(models.TextChoices):
        MAIN = "main", _("backup")
        KEYS = "keys", _("customers’ keys")

    class Place(models.TextChoices):
        LOCAL = "local", _("on this server")
        OFFSITE = "offsite", _("off site")

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(BackupRun, on_delete=models.PROTECT, related_name="copies")
    role = models.CharField(max_length=4, choices=Role.choices)
    place = models.CharField(max_length=7, choices=Place.choices)
    name = models.CharField(max_length=120)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_at = models.DateTimeField(null=True)  # null: not yet, the store was not reached
    seen_at = models.DateTimeField(null=True)
    missing_at = models.DateTimeField(null=True)  # it was there, and is not any more
    removed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("copy of a backup")
        verbose_name_plural = _("copies of backups")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "role", "place"], name="backups_copy_once"),
        ]
        indexes = [
            models.Index(fields=["place", "name"], condition=Q(removed_at=None), name="backups_copy_present"),
        ]


class Certificate(LawModel):
    """What a drill found: the stored file was opened, restored into a scratch database and looked at. "Could not
    verify" is a failure."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(BackupRun, on_delete=models.PROTECT, related_name="certificates")
    clause = models.CharField(max_length=20)
    began_at = models.DateTimeField()
    at = models.DateTimeField()
    good = models.BooleanField()
    file = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    restore_seconds = models.FloatField()  # opening the file and restoring it
    verify_seconds = models.FloatField()
    tables = models.PositiveIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    orders = models.BigIntegerField(default=0)
    entries = models.BigIntegerField(default=0)
    sampled = models.PositiveIntegerField(default=0)
    findings = models.JSONField(default=list)  # what did not fit, a line each
    words = models.CharField(max_length=500, blank=True)  # why it could not be verified
    files = models.BigIntegerField(default=0)  # that rows of the restored database name
    missing = models.JSONField(
        default=list
    )  # names of those that lie nowhere any more, on no disk and in no pack

    class Meta:
        verbose_name = _("drill certificate")
        verbose_name_plural = _("drill certificates")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(at__gte=F("began_at")), name="backups_drill_forward"),
            models.CheckConstraint(
                condition=Q(good=False) | Q(words="", findings=[]), name="backups_good_found_nothing"
            ),
        ]
        indexes = [models.Index(fields=["-at"], condition=Q(good=True), name="backups_drill_good")]

    @property
    def seconds(self) -> float:
        return self.restore_seconds + self.verify_seconds

    @property
    def duration(self) -> timedelta:
        return timedelta(seconds=round(self.seconds))

    @property
    def subject(self) -> Subject:
        return Subject("drill", str(self.pk), f"#{self.pk}")


class PackedFile(LawModel):
    """One file in a pack (a run of the kind "files"): read out of the stored file before this row was written."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(BackupRun, on_delete=models.PROTECT, related_name="packed")
    name = models.CharField(max_length=140)  # under the home
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()

    class Meta:
        verbose_name = _("file in a backup")
        verbose_name_plural = _("files in backups")
        constraints = [models.UniqueConstraint(fields=["run", "name"], name="backups_packed_once")]


class RestoreUse(LawModel):
    """That an executed run has been used to overwrite a database: it is used once."""

    id = models.BigAutoField(primary_key=True)
    run = models.OneToOneField("approvals.Run", on_delete=models.PROTECT, related_name="+")
    database = models.CharField(max_length=63)
    file = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("use of a restore permission")
        verbose_name_plural = _("uses of restore permissions")
