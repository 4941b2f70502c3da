"""What is on sale where. A listing fact is law; the state of one SKU on one channel follows the latest fact."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.goods import Channel, Sku
from office.audit.lawful import LawModel


class ListingFact(LawModel):
    """A SKU was put on sale (上架) on a channel, or taken off (下架), at `at`. It names the run that agreed to it, or
    the clause that acts by itself, which only ever takes goods off sale; the database refuses any other."""

    id = models.BigAutoField(primary_key=True)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="listing_facts")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="listing_facts")
    listed = models.BooleanField()
    at = models.DateTimeField()
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = _("listing fact")
        verbose_name_plural = _("listing facts")
        constraints = [
            models.CheckConstraint(
                condition=Q(authority_clause="") | Q(listed=False), name="listing_never_by_itself"
            ),
        ]


class ChannelListing(models.Model):
    """One SKU on one channel as it stands: `fact` is the latest, None before the first. Verbs lock this row; the
    database keeps `listed` and `since` what the fact says."""

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="listings", db_index=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="listings")
    listed = models.BooleanField(default=False)
    since = models.DateTimeField(null=True)
    fact = models.OneToOneField(ListingFact, on_delete=models.PROTECT, null=True, related_name="standing")

    class Meta:
        verbose_name = _("listing")
        verbose_name_plural = _("listings")
        constraints = [models.UniqueConstraint(fields=["sku", "channel"], name="listing_one_each")]
