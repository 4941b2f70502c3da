"""Stock: movements are law, the balance follows them, counts are tasks per category."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.goods import Category, Sku
from office.audit.lawful import LawModel
from office.subjects import Subject


class Reason(models.TextChoices):
    """Why the book and the shelf differ, or why goods move without an order."""

    FIRST_COUNT = "first_count", _("First count")
    DAMAGED = "damaged", _("Damaged or expired")
    LOST = "lost", _("Missing, cause unknown")
    FOUND = "found", _("Found again")
    MISCOUNTED = "miscounted", _("Counted wrongly before")
    SAMPLE = "sample", _("Given away as sample or gift")
    SENT_WRONG = "sent_wrong", _("Wrong goods were sent")
    RETURNED = "returned", _("Returned by the customer")
    CANCELLED = "cancelled", _("Order cancelled")
    DISTRIBUTION = "distribution", _("Cleared through distributors")
    BUY_OUT = "buy_out", _("Sold as one lot")
    TO_SUPPLIER = "to_supplier", _("Back to the supplier")
    OTHER = "other", _("Other, see the note")


#: What a person may give as the reason of a variance.
VARIANCE_REASONS = (
    Reason.DAMAGED,
    Reason.LOST,
    Reason.FOUND,
    Reason.MISCOUNTED,
    Reason.SAMPLE,
    Reason.SENT_WRONG,
    Reason.OTHER,
)
CLEARANCE_REASONS = (Reason.DISTRIBUTION, Reason.BUY_OUT, Reason.TO_SUPPLIER)
BACK_REASONS = (Reason.RETURNED, Reason.CANCELLED)


class StockCount(models.Model):
    """The task to count one category. Opened by the schedule or by a person; handed in once, or missed when the next
    one of its category opens first. `blind`: figures of the book are not shown before the count is entered."""

    class State(models.TextChoices):
        OPEN = "open", _("To be counted")
        DONE = "done", _("Counted and handed in")
        MISSED = "missed", _("Missed")

    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="stock_counts", db_index=False
    )
    scheduled_at = models.DateTimeField(null=True)  # the instant of the schedule; null: opened by a person
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    blind = models.BooleanField()
    clause = models.CharField(max_length=20)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    handed_in_at = models.DateTimeField(null=True)
    handed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("stock count")
        verbose_name_plural = _("stock counts")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["category"], condition=Q(state="open"), name="count_one_open"),
            models.UniqueConstraint(fields=["category", "scheduled_at"], name="count_once_scheduled"),
            models.CheckConstraint(
                condition=Q(state="done", handed_in_at__isnull=False, handed_in_by__isnull=False)
                | (~Q(state="done") & Q(handed_in_at=None, handed_in_by=None)),
                name="count_state_fits",
            ),
        ]


class StockCountLine(models.Model):
    """What was counted of one SKU, and what the book said at that instant: goods that move later change neither. Fixed
    once the count is handed in. `beyond`: over the rulebook's limit, the stock moves only when the chain agrees."""

    count = models.ForeignKey(StockCount, on_delete=models.PROTECT, related_name="lines", db_index=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="count_lines")
    counted = models.PositiveIntegerField()
    book = models.IntegerField()
    reason = models.CharField(max_length=12, choices=Reason.choices, blank=True)
    note = models.CharField(max_length=200, blank=True)
    beyond = models.BooleanField(default=False)
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("counted line")
        verbose_name_plural = _("counted lines")
        ordering = ["sku__code"]
        constraints = [models.UniqueConstraint(fields=["count", "sku"], name="count_line_once")]

    @property
    def variance(self) -> int:
        return self.counted - self.book


class StockMovement(LawModel):
    """Pieces of one SKU came or went. `after` is the stock it left behind, written by the database. `key` makes what
    comes twice one movement. It rests on a run, or on a clause that lets it be entered without one."""

    class Source(models.TextChoices):
        OPENING = "opening", _("First count")
        COUNT = "count", _("Stock count")
        RECEIPT = "receipt", _("Receipt")
        ORDER = "order", _("Order taken over")
        ORDER_BACK = "order_back", _("Back from an order")
        CLEARANCE = "clearance", _("Clearance")
        CORRECTION = "correction", _("Correction")
        PURCHASE = "purchase", _("Purchase order")

    id = models.BigAutoField(primary_key=True)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="movements", db_index=False)
    source = models.CharField(max_length=10, choices=Source.choices)
    change = models.IntegerField()
    after = models.IntegerField(default=0)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=12, choices=Reason.choices, blank=True)
    note = models.CharField(max_length=200, blank=True)
    reference = models.CharField(max_length=120, blank=True)  # order "TM01/8812", delivery note, …
    key = models.CharField(max_length=80, blank=True)
    order_id = models.BigIntegerField(null=True)  # desks do not know each other: no foreign key
    position = models.PositiveSmallIntegerField(null=True)
    count = models.ForeignKey(
        StockCount, on_delete=models.PROTECT, null=True, related_name="movements", db_index=False
    )
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        indexes = [
            models.Index(fields=["sku", "-id"], name="movement_sku"),
            models.Index(
                fields=["order_id", "position"], condition=Q(order_id__isnull=False), name="movement_order"
            ),
            models.Index(
                fields=["at"], condition=Q(source__in=["order", "order_back"]), name="movement_sold"
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(change=0), name="movement_moves"),
            models.UniqueConstraint(fields=["key"], condition=~Q(key=""), name="movement_once"),
            models.UniqueConstraint(
                fields=["count", "sku"], condition=Q(count__isnull=False), name="movement_once_a_count"
            ),
            # What people enter cannot take more than is there. A sold order, a count and what a supplier brought or
            # takes back are facts, also below zero.
            models.CheckConstraint(
                condition=Q(after__gte=0) | Q(change__gt=0) | Q(source__in=["order", "count", "purchase"]),
                name="movement_not_below_zero",
            ),
            models.CheckConstraint(
                condition=Q(source__in=["receipt", "order_back"], change__gt=0)
                | Q(source__in=["order", "clearance"], change__lt=0)
                | Q(source__in=["opening", "count", "correction", "purchase"]),
                name="movement_direction",
            ),
            models.CheckConstraint(
                condition=Q(source__in=["opening", "count"], count__isnull=False)
                | (~Q(source__in=["opening", "count"]) & Q(count=None)),
                name="movement_of_a_count",
            ),
        ]

    def law_subject(self) -> Subject:
        return Subject("sku", str(self.sku_id), self.sku.label[:120])


class StockBalance(models.Model):
    """How many pieces of a SKU there are: the sum of its movements, written by the database alone. Below zero means
    sold more often than there was."""

    sku = models.OneToOneField(Sku, on_delete=models.PROTECT, primary_key=True, related_name="balance")
    quantity = models.IntegerField()
    moved_at = models.DateTimeField()

    class Meta:
        verbose_name = _("stock")
        verbose_name_plural = _("stock")
        indexes = [models.Index(fields=["quantity"], name="balance_low", condition=Q(quantity__lte=0))]


class SkuAlias(models.Model):
    """What a shop calls a SKU in its orders, as a person once matched it."""

    shop = models.CharField(max_length=30)
    code = models.CharField(max_length=120)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="aliases")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("shop's name of a SKU")
        verbose_name_plural = _("shops' names of SKUs")
        constraints = [models.UniqueConstraint(fields=["shop", "code"], name="alias_once")]


class UnmatchedGoods(models.Model):
    """A line of an order that was taken over, whose goods could not be found in the catalog. Somebody says what it is,
    or that it is no stock; until then the stock of that SKU is too high."""

    class State(models.TextChoices):
        WAITING = "waiting", _("To be matched")
        MATCHED = "matched", _("Matched")
        DISMISSED = "dismissed", _("No stock of ours")
        BACK = "back", _("Order cancelled before it was matched")

    class Why(models.TextChoices):
        UNKNOWN = "unknown", _("The catalog has no such style number or barcode")
        NO_CODE = "no_code", _("The order names no style number")
        FRACTION = "fraction", _("The quantity is not a whole number")

    order_id = models.BigIntegerField()
    position = models.PositiveSmallIntegerField()
    reference = models.CharField(max_length=120)
    shop = models.CharField(max_length=30)
    code = models.CharField(max_length=120, blank=True)
    title = models.CharField(max_length=200, blank=True)
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    why = models.CharField(max_length=8, choices=Why.choices)
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("unmatched goods")
        verbose_name_plural = _("unmatched goods")
        constraints = [models.UniqueConstraint(fields=["order_id", "position"], name="unmatched_once")]
        indexes = [models.Index(fields=["-id"], condition=Q(state="waiting"), name="unmatched_waiting")]


class CountImport(models.Model):
    """A file of counted figures: what was taken from it, and every refused row as it was written."""

    count = models.ForeignKey(StockCount, on_delete=models.PROTECT, related_name="imports")
    filename = models.CharField(max_length=120)
    header = models.JSONField()  # the cells of the header row
    taken = models.PositiveIntegerField()
    refused = models.JSONField()  # [{row, cells, code, params}]
    more = models.PositiveIntegerField(default=0)  # refused rows beyond those that are kept
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("import of counts")
        verbose_name_plural = _("imports of counts")
        ordering = ["-id"]
