"""Records that clauses ask for: security updates (C13.7), the two procedures and who has read them (C13.0)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from office.audit.lawful import LawModel
from office.subjects import Subject


class SecurityReport(LawModel):
    """What was installed at an hour of the schedule, and what the advisory file knew of it. `packages`: name → version.
    `found`: [{package, version, id, summary, fixed}]. `file_sha256` "" where there was no file to look into."""

    id = models.BigAutoField(primary_key=True)
    opened_for = models.DateTimeField(unique=True)
    at = models.DateTimeField()
    due_at = models.DateTimeField()
    clause = models.CharField(max_length=20)
    packages = models.JSONField()
    found = models.JSONField()
    file_sha256 = models.CharField(max_length=64, blank=True)
    file_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("security report")
        verbose_name_plural = _("security reports")

    @property
    def subject(self) -> Subject:
        return Subject("security_report", str(self.pk), f"#{self.pk}")


class AdvisoryFile(LawModel):
    """A file of advisories as IT sent it in: how many it has (`records`), and which of what was installed they spoke
    of then (`found`, as in a report)."""

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey("files.StoredFile", on_delete=models.PROTECT, related_name="+")
    records = models.PositiveIntegerField()
    found = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("file of advisories")
        verbose_name_plural = _("files of advisories")

    @property
    def subject(self) -> Subject:
        return Subject("advisory_file", str(self.pk), f"#{self.pk}")


class SecuritySignature(LawModel):
    """The administrator has read the report and says what he did."""

    id = models.BigAutoField(primary_key=True)
    report = models.OneToOneField(SecurityReport, on_delete=models.PROTECT, related_name="signature")
    done = models.TextField(_("what was done"), max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("signature under a security report")
        verbose_name_plural = _("signatures under security reports")


class Procedure(LawModel):
    """One version of one of the documents that the clause asks for; the highest number is in force."""

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(max_length=30)
    number = models.PositiveSmallIntegerField()
    text = models.TextField(_("text"), max_length=20_000)
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("procedure")
        verbose_name_plural = _("procedures")
        constraints = [models.UniqueConstraint(fields=["code", "number"], name="procedure_version")]

    @property
    def subject(self) -> Subject:
        return Subject("procedure", self.code, f"{self.code} {self.number}")


class ProcedureRead(LawModel):
    """Somebody has read a version."""

    id = models.BigAutoField(primary_key=True)
    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="readers")
    employee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("reading of a procedure")
        verbose_name_plural = _("readings of procedures")
        constraints = [models.UniqueConstraint(fields=["procedure", "employee"], name="procedure_read_once")]
