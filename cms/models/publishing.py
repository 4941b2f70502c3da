"""What goes live, from when to when, by whose agreement. What is shown at an instant follows from these rows alone."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from cms.models.columns import Column
from cms.models.items import Item, Version
from office.audit.lawful import LawModel


class Publication(LawModel):
    """One version goes live. The run that agreed to it says item, version, digest, column and times; the database
    compares (C6.1).

    Live at t: starts_at ≤ t < ends_at, not ended, no later publication of the item has started, and the item is not
    hidden. `asked_from`, `asked_until`: as agreed; `starts_at` is the later of `asked_from` and `at`.
    """

    id = models.BigAutoField(primary_key=True)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="publications", db_index=False)
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="publications")
    column = models.ForeignKey(Column, on_delete=models.PROTECT, related_name="publications", db_index=False)
    digest = models.CharField(max_length=64)
    asked_from = models.DateTimeField(null=True)
    asked_until = models.DateTimeField(null=True)
    at = models.DateTimeField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("publication")
        verbose_name_plural = _("publications")
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at=Greatest("at", "asked_from")), name="publication_starts_as_agreed"
            ),
            models.CheckConstraint(
                # Spelled out: a comparison with NULL would let anything pass.
                condition=Q(ends_at=None, asked_until=None)
                | Q(ends_at__isnull=False, asked_until__isnull=False, ends_at=F("asked_until")),
                name="publication_ends_as_agreed",
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="publication_has_time"
            ),
        ]
        indexes = [
            models.Index(fields=["item", "-starts_at", "-id"], name="publication_item"),
            models.Index(fields=["column", "-starts_at", "-id"], name="publication_column"),
            models.Index(fields=["starts_at"], name="publication_starts"),
            models.Index(fields=["ends_at"], condition=Q(ends_at__isnull=False), name="publication_ends"),
        ]


class Ending(LawModel):
    """A publication that ends before its time: agreed to (C6.1), or a headline or advertisement changed as needed
    (C3.2)."""

    id = models.BigAutoField(primary_key=True)
    publication = models.OneToOneField(Publication, on_delete=models.PROTECT, related_name="ending")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="endings")
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("early end")
        verbose_name_plural = _("early ends")


class SiteStamp(models.Model):
    """One row (id 1) whose `number` grows with whatever changes the public pages: triggers count, so nobody forgets.
    A kept page is right as long as the number is the one under which it was drawn."""

    number = models.BigIntegerField(default=1)
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("state of the public pages")
        verbose_name_plural = _("state of the public pages")
