"""What we owe suppliers, what we claim of them, and what was paid. Insert-only; amounts in CNY (P2.1).

`on` is the day of booking in Asia/Shanghai, which the database compares with `at`: a month that is over never changes.
"""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.models.deliveries import Acceptance, Arrival, Delivery, Recount
from contracts.models.orders import PurchaseOrder
from contracts.models.ready import ReadyLine, ReadyNotice
from contracts.models.records import BankDetails
from contracts.models.suppliers import Supplier
from office.audit.lawful import LawModel
from office.files.models import StoredFile
from office.subjects import Subject


def _yuan() -> models.DecimalField[str | Decimal, Decimal]:
    return models.DecimalField(_("amount"), max_digits=12, decimal_places=2)


class Payable(LawModel):
    """Something to be paid by a day (P2.2): the deposit of an order, or the balance for goods that arrived, that stand
    ready to ship, or (before notices of ready goods) that were shipped. `goods`: what they are worth, of which the
    deposit has paid `goods − amount`; nothing for a deposit."""

    class Kind(models.TextChoices):
        DEPOSIT = "deposit", _("deposit")
        BALANCE = "balance", _("balance")

    id = models.BigAutoField(primary_key=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="payables")
    order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, related_name="payables")
    kind = models.CharField(max_length=8, choices=Kind)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, null=True, related_name="payables")
    arrival = models.ForeignKey(Arrival, on_delete=models.PROTECT, null=True, related_name="payables")
    ready = models.OneToOneField(ReadyNotice, on_delete=models.PROTECT, null=True, related_name="payable")
    goods = _yuan()
    amount = _yuan()
    about = models.DateField(_("accepted, arrived, ready or shipped on"))
    due_on = models.DateField(_("due"))
    clause = models.CharField(max_length=20)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    on = models.DateField()

    class Meta:
        verbose_name = _("payable")
        verbose_name_plural = _("payables")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount__gte=0) & models.Q(goods__gte=0), name="payable_not_negative"
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(kind="deposit", goods=0, delivery=None, arrival=None, ready=None, amount__gt=0)
                )
                | (
                    models.Q(kind="balance", goods__gte=models.F("amount"))
                    & (
                        models.Q(delivery=None, arrival__isnull=False, ready=None)
                        | models.Q(delivery__isnull=False, arrival=None, ready=None)
                        | models.Q(delivery=None, arrival=None, ready__isnull=False)
                    )
                ),
                name="payable_is_for_something",
            ),
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(kind="deposit"), name="payable_one_deposit"
            ),
            models.UniqueConstraint(
                fields=["delivery"],
                condition=models.Q(delivery__isnull=False),
                name="payable_once_by_shipment",
            ),
        ]
        indexes = [models.Index(fields=["supplier", "due_on"], name="payable_due")]

    @property
    def subject(self) -> Subject:
        return Subject("payable", str(self.pk), f"#{self.pk}")


class PayablePart(LawModel):
    """Which acceptance, or which recount, a balance stands for: each is paid once."""

    id = models.BigAutoField(primary_key=True)
    payable = models.ForeignKey(Payable, on_delete=models.PROTECT, related_name="parts", db_index=False)
    acceptance = models.OneToOneField(
        Acceptance, on_delete=models.PROTECT, null=True, related_name="payable_part"
    )
    recount = models.OneToOneField(Recount, on_delete=models.PROTECT, null=True, related_name="payable_part")
    pieces = models.PositiveIntegerField()
    goods = _yuan()

    class Meta:
        verbose_name = _("goods of a payable")
        verbose_name_plural = _("goods of payables")
        constraints = [
            models.UniqueConstraint(fields=["payable", "acceptance"], name="payablepart_once"),
            models.CheckConstraint(
                condition=models.Q(acceptance=None) ^ models.Q(recount=None), name="payablepart_for_one"
            ),
        ]


class PayableVoid(LawModel):
    """What of a payable is owed no longer: the deposit of a cancelled order, pieces that stood ready and never leave.
    `goods`: what those are worth; `paid`: what had been paid of it and is free for other payments."""

    id = models.BigAutoField(primary_key=True)
    payable = models.ForeignKey(Payable, on_delete=models.PROTECT, related_name="voids")
    amount = _yuan()
    goods = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    paid = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    reason = models.CharField(max_length=500)
    clause = models.CharField(max_length=20)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("payable no longer owed")
        verbose_name_plural = _("payables no longer owed")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount__gt=0, goods=0, paid=0)
                | models.Q(goods__gte=models.F("amount") + models.F("paid"), amount__gte=0, paid__gte=0),
                name="payablevoid_some",
            )
        ]


class ReadyLess(LawModel):
    """Pieces that were stated ready and do not leave by that notice: stated wrongly, or the order is over."""

    id = models.BigAutoField(primary_key=True)
    line = models.ForeignKey(ReadyLine, on_delete=models.PROTECT, related_name="less")
    void = models.ForeignKey(PayableVoid, on_delete=models.PROTECT, related_name="pieces")
    quantity = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("pieces that are not ready after all")
        verbose_name_plural = _("pieces that are not ready after all")
        constraints = [
            models.UniqueConstraint(fields=["void", "line"], name="readyless_once"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="readyless_some"),
        ]


class SetOff(LawModel):
    """A claim of ours against a supplier that is set off against what we owe, with the paper it rests on.

    Named is the clause that gives it, or, for a penalty (P2.3), the run that agreed to it. `counts`: an unused deposit
    (`advance`) was counted in the account when it was paid, and only becomes free for other payments here.
    """

    class Kind(models.TextChoices):
        PRICE_CUT = "price_cut", _("price cut")
        MISSING = "missing", _("short or refused after payment")
        LATE = "late", _("loss by delay")
        MATERIAL = "material", _("wrong material")
        COMPLAINT = "complaint", _("complaint")
        PENALTY = "penalty", _("penalty for a commission")
        CREDIT_NOTE = "credit_note", _("credit note")
        ADVANCE = "advance", _("unused deposit")

    id = models.BigAutoField(primary_key=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="set_offs")
    order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, null=True, related_name="set_offs")
    kind = models.CharField(max_length=12, choices=Kind)
    amount = _yuan()
    counts = models.BooleanField(default=True)
    text = models.CharField(_("what for"), max_length=500)
    paper_type = models.CharField(max_length=40)
    paper_id = models.CharField(max_length=64)
    paper_label = models.CharField(max_length=120)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    on = models.DateField()

    class Meta:
        verbose_name = _("set-off")
        verbose_name_plural = _("set-offs")
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="setoff_some"),
            models.CheckConstraint(
                condition=models.Q(kind="advance", counts=False)
                | (~models.Q(kind="advance") & models.Q(counts=True)),
                name="setoff_counts_unless_advance",
            ),
            models.UniqueConstraint(fields=["paper_type", "paper_id", "kind"], name="setoff_once_by_paper"),
        ]
        indexes = [models.Index(fields=["supplier", "on"], name="setoff_of_supplier")]

    @property
    def subject(self) -> Subject:
        return Subject("set_off", str(self.pk), f"#{self.pk}")

    @property
    def paper(self) -> Subject:
        return Subject(self.paper_type, self.paper_id, self.paper_label)


class SetOffEnd(LawModel):
    """A claim is given up, or was wrong: what is left of it is owed again. Never by whoever made it."""

    id = models.BigAutoField(primary_key=True)
    set_off = models.OneToOneField(SetOff, on_delete=models.PROTECT, related_name="end")
    amount = _yuan()
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    on = models.DateField()

    class Meta:
        verbose_name = _("set-off taken back")
        verbose_name_plural = _("set-offs taken back")
        constraints = [models.CheckConstraint(condition=models.Q(amount__gt=0), name="setoffend_some")]


class CreditNote(LawModel):
    """The supplier's own paper for a set-off (贷项通知单、红字发票)."""

    id = models.BigAutoField(primary_key=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="credit_notes")
    number = models.CharField(_("number"), max_length=40)
    issued_on = models.DateField(_("issued on"))
    amount = _yuan()
    invoices = ArrayField(models.CharField(max_length=20), default=list)
    set_off = models.OneToOneField(SetOff, on_delete=models.PROTECT, related_name="credit_note")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("credit note")
        verbose_name_plural = _("credit notes")
        constraints = [
            models.UniqueConstraint(fields=["supplier", "number"], name="creditnote_number"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="creditnote_some"),
        ]


class Payment(LawModel):
    """A payment as everybody agreed: so much money to this very account, so much set off. `total` 0: set-offs cover it
    all, and it goes to no account."""

    id = models.BigAutoField(primary_key=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="payments")
    total = _yuan()
    set_off = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    bank_details = models.ForeignKey(
        BankDetails, on_delete=models.PROTECT, null=True, related_name="payments", db_index=False
    )
    run = models.OneToOneField("approvals.Run", on_delete=models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(total__gte=0) & models.Q(set_off__gte=0), name="payment_not_negative"
            ),
        ]

    @property
    def subject(self) -> Subject:
        return Subject("payment", str(self.pk), f"#{self.pk}")


class PaymentLine(LawModel):
    """Money of a payment for one payable."""

    id = models.BigAutoField(primary_key=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="lines", db_index=False)
    payable = models.ForeignKey(Payable, on_delete=models.PROTECT, related_name="lines")
    amount = _yuan()

    class Meta:
        verbose_name = _("line of a payment")
        verbose_name_plural = _("lines of payments")
        constraints = [
            models.UniqueConstraint(fields=["payment", "payable"], name="paymentline_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="paymentline_some"),
        ]


class SetOffUse(LawModel):
    """What of a set-off takes the place of money for a payable, in a payment."""

    id = models.BigAutoField(primary_key=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="uses", db_index=False)
    set_off = models.ForeignKey(SetOff, on_delete=models.PROTECT, related_name="uses")
    payable = models.ForeignKey(Payable, on_delete=models.PROTECT, related_name="uses")
    amount = _yuan()

    class Meta:
        verbose_name = _("use of a set-off")
        verbose_name_plural = _("uses of set-offs")
        constraints = [
            models.UniqueConstraint(fields=["payment", "set_off", "payable"], name="setoffuse_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="setoffuse_some"),
        ]


class PaymentVoucher(LawModel):
    """The money has gone: number of the voucher (付款凭证), of the tax invoices (发票), the day."""

    id = models.BigAutoField(primary_key=True)
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="voucher")
    number = models.CharField(_("voucher number"), max_length=40, unique=True)
    invoices = ArrayField(models.CharField(max_length=20), default=list)
    paid_on = models.DateField(_("paid on"))
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    on = models.DateField()

    class Meta:
        verbose_name = _("voucher of a payment")
        verbose_name_plural = _("vouchers of payments")


class PaymentDrop(LawModel):
    """An agreed payment that is not made: what it was for is open again."""

    id = models.BigAutoField(primary_key=True)
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="drop")
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("payment that was dropped")
        verbose_name_plural = _("payments that were dropped")
