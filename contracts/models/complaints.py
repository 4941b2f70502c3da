"""Complaints of customers that concern a supplier (投诉表, P5), what became of them, and disputes (P4)."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from contracts.models.orders import OrderLine, PurchaseOrder
from contracts.models.suppliers import Supplier, SupplierContact
from office.audit.lawful import LawModel
from office.files.models import StoredFile
from office.subjects import Subject


class Liable(models.TextChoices):
    SUPPLIER = "supplier", _("the supplier")
    CARRIER = "carrier", _("the carrier")
    BOTH = "both", _("supplier and carrier")


class Complaint(models.Model):
    """A customer's complaint about goods of a supplier. What was said stands in the rows around it; here is only what
    moves.

    `sale_id` and `sale_label`: the customer's order as the order desk knows it; desks do not know each other. Neither
    the customer's name nor his address or number is kept here: the supplier reads this at its door.
    """

    class State(models.TextChoices):
        FILED = "filed", _("to be decided")
        DECIDED = "decided", _("with the supplier")
        ANSWERED = "answered", _("answered by the supplier")
        CLOSED = "closed", _("closed on the customer's word")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Kind(models.TextChoices):
        DELIVERY = "delivery", _("on delivery to the home")
        QUALITY = "quality", _("quality, after the sale")

    number = models.CharField(_("number"), max_length=30, unique=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="complaints")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, null=True, related_name="complaints")
    sale_id = models.BigIntegerField(null=True, db_index=True)
    sale_label = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.FILED)
    version = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        indexes = [models.Index(fields=["state", "-id"], name="complaint_by_state")]

    def __str__(self) -> str:
        return self.number

    @property
    def subject(self) -> Subject:
        return Subject("complaint", str(self.pk), self.number)


class ComplaintForm(LawModel):
    """The complaint form as it was filled in (P5); insert-only. `proposed`: what the written table makes of it."""

    class Packaging(models.TextChoices):
        INTACT = "intact", _("intact")
        DAMAGED = "damaged", _("damaged")

    class Wish(models.TextChoices):
        REPAIR = "repair", _("repair")
        REPLACE = "replace", _("replacement")
        PAY = "pay", _("compensation")
        RETURN = "return", _("return the goods")

    id = models.BigAutoField(primary_key=True)
    complaint = models.OneToOneField(Complaint, on_delete=models.PROTECT, related_name="form")
    kind = models.CharField(max_length=8, choices=Complaint.Kind)
    sku = models.CharField(max_length=60, blank=True)
    goods = models.CharField(max_length=120)
    quantity = models.PositiveIntegerField()
    packaging = models.CharField(max_length=7, choices=Packaging, blank=True)
    packaging_places = ArrayField(models.CharField(max_length=10), default=list)
    damage_places = ArrayField(models.CharField(max_length=10), default=list)
    said = models.TextField()
    wish = models.CharField(max_length=7, choices=Wish)
    proposed = models.CharField(max_length=8, choices=Liable)
    because = models.CharField(max_length=20)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("complaint form")
        verbose_name_plural = _("complaint forms")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="delivery") ^ Q(packaging=""), name="complaintform_packaging_on_delivery"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="complaintform_some"),
        ]


class ComplaintFile(LawModel):
    """A picture or paper of the complaint; insert-only. `shared`: the supplier sees it at its door. `contact`: the
    supplier handed it in."""

    id = models.BigAutoField(primary_key=True)
    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    shared = models.BooleanField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    contact = models.ForeignKey(SupplierContact, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("file of a complaint")
        verbose_name_plural = _("files of complaints")
        constraints = [
            models.CheckConstraint(condition=Q(by=None) ^ Q(contact=None), name="complaintfile_one_hand")
        ]


class ComplaintDecision(LawModel):
    """Who is liable, decided by a person; insert-only. The newest counts. `cost`: CNY in all; `charge`: the
    supplier's part of it."""

    id = models.BigAutoField(primary_key=True)
    complaint = models.ForeignKey(
        Complaint, on_delete=models.PROTECT, related_name="decisions", db_index=False
    )
    n = models.PositiveSmallIntegerField()
    liable = models.CharField(max_length=8, choices=Liable)
    percent = models.PositiveSmallIntegerField()
    cost = models.DecimalField(max_digits=12, decimal_places=2)
    charge = models.DecimalField(max_digits=12, decimal_places=2)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("decision on a complaint")
        verbose_name_plural = _("decisions on complaints")
        constraints = [
            models.UniqueConstraint(fields=["complaint", "n"], name="complaintdecision_n"),
            models.CheckConstraint(
                condition=Q(cost__gte=0, charge__gte=0, charge__lte=F("cost"), percent__lte=100),
                name="complaintdecision_amounts",
            ),
            models.CheckConstraint(
                condition=Q(liable="supplier", percent=100)
                | Q(liable="carrier", percent=0)
                | Q(liable="both", percent__gt=0, percent__lt=100),
                name="complaintdecision_share",
            ),
        ]


class ComplaintAnswer(LawModel):
    """The supplier's answer to a decision; insert-only."""

    class Word(models.TextChoices):
        PAY = "pay", _("we bear the cost")
        REPAIR = "repair", _("we repair or replace it, free of charge")
        OBJECT = "object", _("we object")

    id = models.BigAutoField(primary_key=True)
    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="answers")
    decision = models.OneToOneField(ComplaintDecision, on_delete=models.PROTECT, related_name="answer")
    word = models.CharField(max_length=6, choices=Word)
    text = models.TextField(blank=True)
    contact = models.ForeignKey(SupplierContact, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("answer to a complaint")
        verbose_name_plural = _("answers to complaints")


class ComplaintWord(LawModel):
    """What the customer says to what was done (P3.5); insert-only."""

    id = models.BigAutoField(primary_key=True)
    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="words")
    accepted = models.BooleanField()
    text = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("customer's word on a complaint")
        verbose_name_plural = _("customers' words on complaints")


class ComplaintCharge(LawModel):
    """The supplier's part of the cost went into its statement; once for a complaint; insert-only."""

    id = models.BigAutoField(primary_key=True)
    complaint = models.OneToOneField(Complaint, on_delete=models.PROTECT, related_name="charge")
    decision = models.ForeignKey(ComplaintDecision, on_delete=models.PROTECT, related_name="+")
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    claim = models.CharField(max_length=40)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("charge of a complaint")
        verbose_name_plural = _("charges of complaints")


class Dispute(models.Model):
    """A dispute with a supplier (P4): first they talk, and only where that fails a court decides."""

    class Stage(models.TextChoices):
        TALK = "talk", _("talking")
        COURT = "court", _("before a court")
        SETTLED = "settled", _("dispute settled")

    number = models.CharField(_("number"), max_length=30, unique=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="disputes")
    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, null=True, related_name="disputes")
    order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, null=True, related_name="disputes")
    title = models.CharField(_("title"), max_length=120)
    stage = models.CharField(max_length=7, choices=Stage, default=Stage.TALK)
    version = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def subject(self) -> Subject:
        return Subject("dispute", str(self.pk), self.number)


class DisputeStep(LawModel):
    """What was said or done in a dispute, and the stage it stood at afterwards; insert-only."""

    id = models.BigAutoField(primary_key=True)
    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="steps")
    stage = models.CharField(max_length=7, choices=Dispute.Stage)
    text = models.TextField()
    court = models.CharField(max_length=120, blank=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("step of a dispute")
        verbose_name_plural = _("steps of disputes")
        constraints = [
            models.CheckConstraint(condition=Q(stage="court") | Q(court=""), name="disputestep_court_named")
        ]
