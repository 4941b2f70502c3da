"""What a supplier's delay or wrong material cost us and the customer, line by line (P1.5, P3.4)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.models.orders import PurchaseOrder
from contracts.models.suppliers import SupplierContact
from office.audit.lawful import LawModel
from office.files.models import StoredFile


class LossClaim(LawModel):
    """One claim against one supplier. `clause`: P1.5 for a delay, P3.4 or P3.1 for the wrong material."""

    id = models.BigAutoField(primary_key=True)
    number = models.CharField(_("number"), max_length=30, unique=True)
    order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, related_name="claims")
    clause = models.CharField(max_length=20)
    text = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("loss claim")
        verbose_name_plural = _("loss claims")


class LossAnswer(LawModel):
    """What the supplier says to a claim at its door, once: it bears it, or objects in words."""

    class Word(models.TextChoices):
        BEAR = "bear", _("we bear it")
        OBJECT = "object", _("we object")

    id = models.BigAutoField(primary_key=True)
    claim = models.OneToOneField(LossClaim, on_delete=models.PROTECT, related_name="answer")
    word = models.CharField(max_length=6, choices=Word)
    text = models.TextField(blank=True)
    contact = models.ForeignKey(SupplierContact, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("answer to a loss claim")
        verbose_name_plural = _("answers to loss claims")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(word="object") | ~models.Q(text=""), name="lossanswer_object_in_words"
            )
        ]


class LossDecision(LawModel):
    """We let a claim stand that the supplier objects to, or did not answer in time (`unanswered`); once. Giving it up
    is taking its set-off back, by somebody else."""

    id = models.BigAutoField(primary_key=True)
    claim = models.OneToOneField(LossClaim, on_delete=models.PROTECT, related_name="decision")
    unanswered = models.BooleanField()
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("decision on a loss claim")
        verbose_name_plural = _("decisions on loss claims")
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="lossdecision_has_reason")]


class LossLine(LawModel):
    """One loss, with the paper that shows it. CNY."""

    class Kind(models.TextChoices):
        DIRECT = "direct", _("direct loss")
        INDIRECT = "indirect", _("indirect loss")

    id = models.BigAutoField(primary_key=True)
    claim = models.ForeignKey(LossClaim, on_delete=models.PROTECT, related_name="lines", db_index=False)
    n = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind)
    what = models.CharField(max_length=200)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("line of a loss claim")
        verbose_name_plural = _("lines of loss claims")
        constraints = [
            models.UniqueConstraint(fields=["claim", "n"], name="lossline_n"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="lossline_amount"),
        ]
