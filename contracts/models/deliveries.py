"""What was shipped, what arrived, and what was accepted of it. Insert-only: a miscount is corrected by a new count."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.models.orders import OrderLine, PurchaseOrder
from contracts.models.suppliers import SupplierContact
from office.audit.lawful import LawModel
from office.files.models import StoredFile


class Delivery(LawModel):
    """One consignment of an order, maybe a part of it (P7a). `note`: the delivery note (送货单)."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, related_name="deliveries")
    number = models.CharField(_("number"), max_length=40)
    shipped_at = models.DateTimeField()
    carrier = models.CharField(max_length=60, blank=True)
    note = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    contact = models.ForeignKey(SupplierContact, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=["order", "number"], name="delivery_number")]


class DeliveryLine(LawModel):
    """How many pieces of a line a delivery says it holds."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="lines", db_index=False)
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="shipped")
    quantity = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("line of a delivery")
        verbose_name_plural = _("lines of deliveries")
        constraints = [
            models.UniqueConstraint(fields=["delivery", "line"], name="deliveryline_once"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="deliveryline_some"),
        ]


class Arrival(LawModel):
    """A delivery counted in at our warehouse, on a day in Asia/Shanghai: from it P2.2 counts its thirty days."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.OneToOneField(Delivery, on_delete=models.PROTECT, related_name="arrival")
    arrived_on = models.DateField()
    warehouse = models.CharField(max_length=120)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("arrival")
        verbose_name_plural = _("arrivals")


class ArrivalLine(LawModel):
    """What was counted of a line: less, as much or more than the delivery says."""

    id = models.BigAutoField(primary_key=True)
    arrival = models.ForeignKey(Arrival, on_delete=models.PROTECT, related_name="lines", db_index=False)
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="arrived")
    counted = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("line of an arrival")
        verbose_name_plural = _("lines of arrivals")
        constraints = [models.UniqueConstraint(fields=["arrival", "line"], name="arrivalline_once")]


class Recount(LawModel):
    """The pieces of an arrived line, counted again: `counted` holds from now on, `was` stays on record.

    `withdrawn`: of the pieces accepted before, so many were never there; they are to come, and their money comes back.
    """

    id = models.BigAutoField(primary_key=True)
    arrived = models.ForeignKey(ArrivalLine, on_delete=models.PROTECT, related_name="recounts")
    was = models.PositiveIntegerField()
    counted = models.PositiveIntegerField()
    withdrawn = models.PositiveIntegerField(default=0)
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("recount")
        verbose_name_plural = _("recounts")
        constraints = [
            models.CheckConstraint(condition=~models.Q(counted=models.F("was")), name="recount_differs"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="recount_has_reason"),
        ]


class Acceptance(LawModel):
    """What we decided about an arrived line (P3.1): so many pieces accepted, so many not, and which remedy for those.

    `remedy`: "" when all are accepted; redo, repair or return of the pieces that are refused; price_cut: the accepted
    pieces are kept for `cut` CNY less.
    """

    id = models.BigAutoField(primary_key=True)
    arrived = models.ForeignKey(ArrivalLine, on_delete=models.PROTECT, related_name="acceptances")
    accepted = models.PositiveIntegerField()
    refused = models.PositiveIntegerField()
    remedy = models.CharField(max_length=10, blank=True)
    cut = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Remedy(models.TextChoices):
        REDO = "redo", _("made anew")
        REPAIR = "repair", _("repaired")
        PRICE_CUT = "price_cut", _("kept at a lower price")
        RETURN = "return", _("returned")

    class Meta:
        verbose_name = _("acceptance")
        verbose_name_plural = _("acceptances")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(refused=0) | ~models.Q(remedy=""), name="acceptance_refused_has_remedy"
            ),
            models.CheckConstraint(
                condition=models.Q(remedy="price_cut", refused=0, cut__gt=0)
                | models.Q(remedy__in=["redo", "repair", "return"], refused__gt=0, cut=0)
                | models.Q(remedy="", refused=0, cut=0),
                name="acceptance_remedy_fits",
            ),
            models.CheckConstraint(condition=models.Q(cut__gte=0), name="acceptance_cut"),
        ]
