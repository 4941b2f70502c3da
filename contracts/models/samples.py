"""Samples (打样): asked for, made, photographed, signed by us before anything is produced (P1.1)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.models.suppliers import Supplier, SupplierContact
from office.audit.lawful import LawModel
from office.files.models import StoredFile


class Sample(models.Model):
    """One sample of one supplier. What is demanded of it does not change; what is refused is asked for anew."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("asked for")
        MADE = "made", _("made")
        PHOTOGRAPHED = "photographed", _("photographed, to be signed")
        SIGNED_OFF = "signed_off", _("signed off")
        GIVEN_UP = "given_up", _("given up")

    number = models.CharField(_("number"), max_length=30, unique=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="samples")
    sku = models.CharField(_("SKU"), max_length=60, blank=True)
    name = models.CharField(_("name"), max_length=120)
    demands = models.TextField(_("what the sample must show"))
    wanted_on = models.DateField(_("wanted by"), null=True)
    state = models.CharField(max_length=14, choices=State, default=State.REQUESTED)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("sample")
        verbose_name_plural = _("samples")
        indexes = [models.Index(fields=["state", "-id"], name="sample_state")]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    def get_state_display(self) -> str:  # type: ignore[no-redef]
        """ "asked for" and "made" are said of other things too."""
        said = {self.State.REQUESTED: _("waits to be made"), self.State.MADE: _("made, not photographed yet")}
        return str(said.get(self.State(self.state), self.State(self.state).label))


class SampleEvent(LawModel):
    """Something that happened to a sample, a photo of it among others; insert-only. `by` ours, `contact` theirs."""

    id = models.BigAutoField(primary_key=True)
    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, related_name="events")
    word = models.CharField(max_length=14)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    contact = models.ForeignKey(SupplierContact, on_delete=models.PROTECT, null=True, related_name="+")
    text = models.TextField(blank=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("event of a sample")
        verbose_name_plural = _("events of samples")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(by__isnull=False) | models.Q(contact__isnull=False),
                name="sampleevent_by_somebody",
            ),
        ]
