"""Purchase orders to suppliers: lines, and everything that happened to them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.models.agreements import ContractVersion
from contracts.models.demand import DemandLine
from contracts.models.samples import Sample
from contracts.models.suppliers import Supplier, SupplierContact
from office.audit.lawful import LawModel
from office.files.models import StoredFile


class PurchaseOrder(models.Model):
    """What we order (采购订单), under the version of the contract that held when it was issued.

    Lines and head change while `state` is draft and never after it. `opened_at`: the first recorded opening at the
    supplier's door, from which P7b counts.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        ISSUED = "issued", _("signed by us")
        SENT = "sent", _("sent")
        RETURNED = "returned", _("returned by the supplier")
        DEEMED = "deemed_accepted", _("deemed accepted")
        PRODUCING = "producing", _("in production")
        SHIPPED = "shipped", _("shipped in part or whole")
        CLOSED = "closed", _("closed")
        CANCELLED = "cancelled", _("cancelled")

    number = models.CharField(_("number"), max_length=30, unique=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="orders")
    version = models.ForeignKey(ContractVersion, on_delete=models.PROTECT, null=True, related_name="orders")
    #: To whom at the supplier it was sent; the door opens for this person.
    contact = models.ForeignKey(SupplierContact, on_delete=models.PROTECT, null=True, related_name="orders")
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(_("note"), blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    issued_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    #: Returned by the supplier, or deemed accepted by P7b: whichever came first.
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("purchase order")
        verbose_name_plural = _("purchase orders")
        indexes = [models.Index(fields=["state", "-id"], name="purchaseorder_state")]

    def __str__(self) -> str:
        return self.number

    def get_state_display(self) -> str:  # type: ignore[no-redef]
        """ "closed" alone is said of other things too."""
        return (
            str(_("fully delivered"))
            if self.state == self.State.CLOSED
            else str(self.State(self.state).label)
        )


class OrderLine(models.Model):
    """A line of a purchase order. `sku`: the code of the goods as the catalog knows them, "" for none: desks do not
    know each other, the code joins them. Amounts in CNY."""

    class DesignOwner(models.TextChoices):
        OURS = "ours", _("our design")
        THEIRS = "theirs_accepted", _("their design, accepted by us")

    order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, related_name="lines", db_index=False)
    n = models.PositiveSmallIntegerField()
    sku = models.CharField(_("SKU"), max_length=60, blank=True)
    name = models.CharField(_("name"), max_length=120)
    spec = models.CharField(_("specification"), max_length=120, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_price = models.DecimalField(_("unit price"), max_digits=12, decimal_places=2)
    due_on = models.DateField(_("deliver by"))
    warehouse = models.CharField(_("warehouse"), max_length=120)
    design_owner = models.CharField(_("whose design"), max_length=20, choices=DesignOwner)
    trademark_licensed = models.BooleanField(_("may bear our trademark"), default=False)
    #: The sample that we signed (P1.1); may be of an earlier order of the same goods.
    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, null=True, related_name="lines")
    demand = models.ForeignKey(DemandLine, on_delete=models.PROTECT, null=True, related_name="ordered")

    class Meta:
        verbose_name = _("line of a purchase order")
        verbose_name_plural = _("lines of purchase orders")
        constraints = [
            models.UniqueConstraint(fields=["order", "n"], name="purchaseline_n"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="purchaseline_some"),
            models.CheckConstraint(condition=models.Q(unit_price__gte=0), name="purchaseline_price"),
        ]


class OrderEvent(LawModel):
    """Something that happened to an order or one of its lines; insert-only, gated by the events before it.

    `by` is the employee, `contact` the supplier's person at the door; neither for what a rule did (P7b).
    """

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, related_name="events")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, null=True, related_name="events")
    word = models.CharField(max_length=30)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    contact = models.ForeignKey(SupplierContact, on_delete=models.PROTECT, null=True, related_name="+")
    text = models.TextField(blank=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("event of a purchase order")
        verbose_name_plural = _("events of purchase orders")


class OrderEnd(LawModel):
    """An order that the supplier had in hand, ended before its time because the chain agreed (P1.5). `mode`: cancel the
    whole of it, or end what has not come yet. `ground`: late, or agreed with the supplier."""

    class Mode(models.TextChoices):
        CANCEL = "cancel", _("cancel the whole order")
        END = "end", _("end what has not come yet")

    class Ground(models.TextChoices):
        LATE = "late", _("the supplier is late")
        AGREED = "agreed", _("agreed with the supplier")

    id = models.BigAutoField(primary_key=True)
    order = models.OneToOneField(PurchaseOrder, on_delete=models.PROTECT, related_name="end")
    mode = models.CharField(max_length=6, choices=Mode)
    ground = models.CharField(max_length=6, choices=Ground)
    reason = models.TextField()
    at = models.DateTimeField()
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = _("end of a purchase order")
        verbose_name_plural = _("ends of purchase orders")
