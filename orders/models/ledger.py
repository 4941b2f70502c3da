"""The ledger: orders, their lines, and the events beside them. Insert-only (C7.5): law triggers refuse UPDATE, DELETE
and TRUNCATE, and the application's login holds only SELECT and INSERT."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from office.audit.lawful import LawModel
from office.subjects import Subject
from orders.models.shops import Shop


class Order(LawModel):
    """One order as it was made. Nothing in it ever changes; what moves is in OrderProgress.

    `sealed` is the customer's blob (name, phone, address, message …) under the customer's key; `terms` the HMAC of
    the contract terms under a key derived from the same customer's key; `digest` the SHA-256 of the canonical order
    with its lines and the ciphertext, also written into the audit entry `entry_id`.
    """

    id = models.BigAutoField(primary_key=True)
    # No index of its own where a unique key begins with the column: each costs every order that is booked.
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="orders", db_index=False)
    number = models.CharField(_("order number"), max_length=64)
    received_at = models.DateTimeField(_("received"))
    placed_at = models.DateTimeField(_("placed in the shop"), null=True)
    currency = models.CharField(max_length=3)
    total = models.DecimalField(_("total"), max_digits=14, decimal_places=2, null=True)
    paid = models.DecimalField(_("paid"), max_digits=14, decimal_places=2, null=True)
    source = models.CharField(max_length=20)  # adapter: csv, taobao, shopify, api, manual …
    historical = models.BooleanField(default=False)
    batch_id = models.BigIntegerField(null=True)
    customer_key_id = models.BigIntegerField()
    sealed = models.BinaryField()
    terms = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)
    entry_id = models.BigIntegerField(unique=True)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [models.UniqueConstraint(fields=["shop", "number"], name="order_number_once_per_shop")]
        indexes = [
            models.Index(fields=["customer_key_id"], name="order_customer"),
            models.Index(fields=["received_at"], name="order_received"),
            models.Index(fields=["batch_id"], name="order_batch", condition=Q(batch_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.number

    def law_subject(self) -> Subject:
        return Subject("order", str(self.pk), f"{self.shop.code}/{self.number}")


class OrderLine(LawModel):
    """One line of goods. Quantity 0 and amount 0 are facts."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    sku = models.CharField(max_length=120, blank=True)
    title = models.CharField(max_length=500, blank=True)
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    price = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = [models.UniqueConstraint(fields=["order", "position"], name="line_position_once")]

    def law_subject(self) -> Subject:
        return self.order.law_subject()


class OrderEvent(LawModel):
    """A fact about an order that came later: status, payment, logistics, remark, cancellation in the shop,
    replacement, after-sales, unknown columns. Insert-only. `sealed` is JSON under the customer's key."""

    class Kind(models.TextChoices):
        SHOP = "shop", _("Update from the shop")
        CANCELLED_IN_SHOP = "shop_cancelled", _("Cancelled in the shop")
        CANCELLATION = "cancellation", _("Cancellation")
        REPLACEMENT = "replacement", _("Replaced by another order")
        AFTER_SALES = "after_sales", _("After-sales event")
        CONFLICT = "conflict", _("Same number with other terms, refused")

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="events", db_index=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    source = models.CharField(max_length=20)
    batch_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField()
    fingerprint = models.BinaryField(
        max_length=32
    )  # HMAC of the content: the same event again is not written twice
    sealed = models.BinaryField()

    class Meta:
        verbose_name = _("order event")
        verbose_name_plural = _("order events")
        constraints = [models.UniqueConstraint(fields=["order", "fingerprint"], name="event_once")]

    def law_subject(self) -> Subject:
        return self.order.law_subject()
