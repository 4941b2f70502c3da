"""The public half of the backup key, and the proofs that somebody still has the private one."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from office.audit.lawful import LawModel
from office.subjects import Subject


class BackupKey(LawModel):
    """An X25519 public key. Backups are sealed to the newest one; its private half was printed once and is not here."""

    id = models.BigAutoField(primary_key=True)
    public = models.BinaryField(max_length=32)
    fingerprint = models.CharField(max_length=16, unique=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=120)  # who ran the command, as the trail names him
    demo = models.BooleanField(default=False)  # the private half lies on this server, for the demo company

    class Meta:
        verbose_name = _("backup key")
        verbose_name_plural = _("backup keys")

    @property
    def subject(self) -> Subject:
        return Subject("backup_key", str(self.pk), self.fingerprint)


class KeyProof(models.Model):
    """A quarter's proof that the private key exists outside: asked for by the schedule, given by opening a stored file.

    What is kept is who proved it, when, and with which file; never the key.
    """

    id = models.BigAutoField(primary_key=True)
    opened_for = models.DateTimeField(unique=True)
    clause = models.CharField(max_length=20)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    proved_at = models.DateTimeField(null=True)
    proved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    key = models.ForeignKey(BackupKey, on_delete=models.PROTECT, null=True, related_name="proofs")
    run = models.ForeignKey("backups.BackupRun", on_delete=models.PROTECT, null=True, related_name="proofs")

    class Meta:
        verbose_name = _("proof of the backup key")
        verbose_name_plural = _("proofs of the backup key")
        ordering = ["-opened_for"]
        constraints = [
            models.CheckConstraint(
                condition=Q(proved_at=None, proved_by=None, key=None, run=None)
                | Q(proved_at__isnull=False, proved_by__isnull=False, key__isnull=False, run__isnull=False),
                name="backups_proof_is_whole",
            )
        ]

    @property
    def subject(self) -> Subject:
        return Subject("key_proof", str(self.pk), f"{self.opened_for:%Y-%m-%d}")
