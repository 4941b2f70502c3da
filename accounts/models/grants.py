"""Grants: what somebody may do beyond his posts, from when to when (C13.1, C13.2, M4.2, M10)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from office.audit.lawful import LawModel
from office.rulebook.calendar import ZONE
from office.subjects import Subject


class Grant(LawModel):
    """A permission of the rulebook ("orders.export") or a level ("level.database_administrator"), given to one person.

    It begins with `starts_at`, not before it was carried out (`at`), and ends by itself at `ends_at`, or earlier by a
    GrantEnd. The database takes only rows that an executed run agreed to, dated when it was carried out; nobody
    decides on his own.
    """

    id = models.BigAutoField(primary_key=True)
    employee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="grants")
    word = models.CharField(max_length=60)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="grant_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("at")), name="grant_not_over_when_made"),
            # The vault is entered by its own chain, whatever a book lets be granted.
            models.CheckConstraint(
                condition=~Q(word__in=("accounts.custodians", "accounts.oversee", "accounts.site_passwords")),
                name="grant_not_of_the_vault",
            ),
        ]
        indexes = [models.Index(fields=["employee", "ends_at"], name="grant_of_person")]

    @property
    def subject(self) -> Subject:
        return Subject("grant", str(self.pk), f"#{self.pk}")

    @property
    def last_day(self) -> date:
        """The last on which it gives something: it ends with the midnight after it."""
        return (self.ends_at.astimezone(ZONE) - timedelta(seconds=1)).date()

    @property
    def begins_at(self) -> datetime:
        return max(self.starts_at, self.at)


class GrantEnd(LawModel):
    """A grant ends before its time, as a run agreed; from `at` on it gives nothing. Without a run it ends by itself,
    because the person may no longer sign in: the database asks whether that is so."""

    id = models.BigAutoField(primary_key=True)
    grant = models.OneToOneField(Grant, on_delete=models.PROTECT, related_name="end")
    reason = models.CharField(_("reason"), max_length=500)
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("end of a grant")
        verbose_name_plural = _("ends of grants")
        constraints = [
            models.CheckConstraint(
                condition=Q(by__isnull=False) | Q(run=None), name="grant_end_by_a_person_or_by_itself"
            )
        ]
