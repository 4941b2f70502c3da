"""The machine room (C13.9, M12): who may enter, who did, and who had no leave to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from office.audit.lawful import LawModel
from office.subjects import Subject


class RoomGrant(LawModel):
    """The general manager lets somebody in from one hour to another: a person of the staff, or a visitor by name. The
    database takes only what an executed run agreed to."""

    id = models.BigAutoField(primary_key=True)
    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="room_grants"
    )
    visitor = models.CharField(_("visitor"), max_length=120, blank=True)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("leave to enter the machine room")
        verbose_name_plural = _("leaves to enter the machine room")
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="room_grant_forward"),
            models.CheckConstraint(
                condition=Q(employee=None) ^ Q(visitor=""), name="room_grant_person_or_visitor"
            ),
        ]

    @property
    def name(self) -> str:
        return self.employee.name if self.employee else self.visitor


class RoomEntry(LawModel):
    """Somebody went in. `by_post`: his post lets him; `grant`: that leave does; neither: he had none, and an alert went
    out. The database compares the leave with who went in and when."""

    id = models.BigAutoField(primary_key=True)
    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="room_entries"
    )
    visitor = models.CharField(_("visitor"), max_length=120, blank=True)
    purpose = models.CharField(_("purpose"), max_length=300)
    entered_at = models.DateTimeField(_("entered"))
    by_post = models.BooleanField(default=False)
    grant = models.ForeignKey(RoomGrant, on_delete=models.PROTECT, null=True, related_name="entries")
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("entry to the machine room")
        verbose_name_plural = _("entries to the machine room")
        constraints = [
            models.CheckConstraint(
                condition=Q(employee=None) ^ Q(visitor=""), name="room_entry_person_or_visitor"
            ),
            models.CheckConstraint(
                condition=Q(by_post=False) | Q(grant=None, employee__isnull=False),
                name="room_entry_one_reason",
            ),
            models.CheckConstraint(condition=Q(entered_at__lte=F("at")), name="room_entry_happened"),
        ]

    @property
    def name(self) -> str:
        return self.employee.name if self.employee else self.visitor

    @property
    def allowed(self) -> bool:
        return self.by_post or self.grant_id is not None

    @property
    def subject(self) -> Subject:
        return Subject("room_entry", str(self.pk), f"#{self.pk}")


class RoomExit(LawModel):
    """He came out again; `left` says what was done, or taken along."""

    id = models.BigAutoField(primary_key=True)
    entry = models.OneToOneField(RoomEntry, on_delete=models.PROTECT, related_name="exit")
    done = models.CharField(_("what was done"), max_length=500, blank=True)
    left_at = models.DateTimeField(_("left"))
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("exit from the machine room")
        verbose_name_plural = _("exits from the machine room")
