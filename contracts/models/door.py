"""The supplier's door: links, the codes that prove who holds one, visits, and what is sent to a contact.

Neither a link's token, nor a code, nor a visit's key is kept: only their digests.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contracts.models.money import Payment, SetOff
from contracts.models.suppliers import SupplierContact
from office.audit.lawful import LawModel
from office.subjects import Subject


class DoorLink(LawModel):
    """A way in for one contact and one purpose; insert-only, ended by a DoorEnd.

    `paper_id`: the one order, sample request or complaint it opens, none for all papers of the supplier. `by`: who sent
    it, nobody for one that the contact asked for at the door, which then `renews` an expired one, nor for one that left
    with news about money that nobody of ours made.
    """

    class Purpose(models.TextChoices):
        PAPERS = "papers", _("all papers")
        ORDER = "order", _("one purchase order")
        SAMPLE = "sample", _("one sample request")
        COMPLAINT = "complaint", _("one complaint")

    id = models.BigAutoField(primary_key=True)
    contact = models.ForeignKey(SupplierContact, on_delete=models.PROTECT, related_name="door_links")
    purpose = models.CharField(max_length=9, choices=Purpose)
    paper_id = models.BigIntegerField(null=True)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    renews = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="renewed_by")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("link of the supplier's door")
        verbose_name_plural = _("links of the supplier's door")
        constraints = [
            models.CheckConstraint(
                condition=Q(purpose="papers", paper_id=None)
                | ~Q(purpose="papers") & Q(paper_id__isnull=False),
                name="doorlink_one_purpose",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("at")), name="doorlink_ends"),
        ]

    @property
    def subject(self) -> Subject:
        return Subject("door_link", str(self.pk), f"#{self.pk}")


class DoorEnd(LawModel):
    """A link that opens nothing any more; insert-only."""

    class Why(models.TextChoices):
        REVOKED = "revoked", _("revoked")
        REPLACED = "replaced", _("replaced by a newer one")
        GUESSED = "guessed", _("too many wrong codes")

    id = models.BigAutoField(primary_key=True)
    link = models.OneToOneField(DoorLink, on_delete=models.PROTECT, related_name="end")
    why = models.CharField(max_length=8, choices=Why)
    text = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("end of a door link")
        verbose_name_plural = _("ends of door links")


class DoorCode(models.Model):
    """Six digits that went to the contact's own phone or mailbox, or were read out to him by `by`. `tries`: wrong
    ones so far."""

    class Way(models.TextChoices):
        MAIL = "mail", _("by e-mail")
        SMS = "sms", _("by text message")
        CALL = "call", _("read out by phone")

    link = models.ForeignKey(DoorLink, on_delete=models.PROTECT, related_name="codes")
    way = models.CharField(max_length=4, choices=Way)
    digest = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("code of a door link")
        verbose_name_plural = _("codes of door links")
        constraints = [
            models.CheckConstraint(condition=Q(way="call") ^ Q(by=None), name="doorcode_who_read_it_out")
        ]


class DoorVisit(models.Model):
    """A browser that has shown a right code: until `expires_at` it is the contact."""

    link = models.ForeignKey(DoorLink, on_delete=models.PROTECT, related_name="visits")
    code = models.OneToOneField(DoorCode, on_delete=models.PROTECT, related_name="visit")
    digest = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("visit at the supplier's door")
        verbose_name_plural = _("visits at the supplier's door")


class DoorDraft(models.Model):
    """What a contact had typed when its visit was over: it comes back on that page when the contact has shown a new
    code. `page`: of its paper and act, such as "order/12/ship". Thrown away once it was handed in, or after a while."""

    contact = models.ForeignKey(SupplierContact, on_delete=models.PROTECT, related_name="+", db_index=False)
    page = models.CharField(max_length=80)
    fields = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("draft at the supplier's door")
        verbose_name_plural = _("drafts at the supplier's door")
        constraints = [models.UniqueConstraint(fields=["contact", "page"], name="doordraft_one")]


class DoorLetter(models.Model):
    """A link, a code, or news with a link, on its way to the contact. The words are sealed, and gone once it was taken
    or given up."""

    class Kind(models.TextChoices):
        LINK = "link", _("link")
        CODE = "code", _("six-digit code")
        NEWS = "news", _("message about money")

    class State(models.TextChoices):
        WAITING = "waiting", _("To be sent")
        SENT = "sent", _("Sent")
        DEAD = "dead", _("Given up")

    link = models.ForeignKey(DoorLink, on_delete=models.PROTECT, related_name="letters")
    kind = models.CharField(max_length=4, choices=Kind)
    way = models.CharField(max_length=4, choices=DoorCode.Way)
    idempotency_id = models.UUIDField(default=uuid.uuid4, unique=True)
    sealed = models.BinaryField(null=True)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    until = models.DateTimeField()
    last_error = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("letter to a supplier's contact")
        verbose_name_plural = _("letters to suppliers' contacts")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting") ^ Q(sealed=None), name="doorletter_words_only_while_waiting"
            )
        ]
        indexes = [models.Index(fields=["next_at"], condition=Q(state="waiting"), name="doorletter_due")]


class DoorNews(LawModel):
    """What a contact was told of the money between us: paid, claimed from the supplier, taken back; insert-only and
    once for each contact. `letter`: how it left; none where no way led to the contact, and our own people tell it."""

    class Kind(models.TextChoices):
        PAID = "paid", _("payment made")
        CLAIMED = "claimed", _("claim made")
        TAKEN_BACK = "back", _("claim taken back")

    id = models.BigAutoField(primary_key=True)
    contact = models.ForeignKey(SupplierContact, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=7, choices=Kind)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="news")
    set_off = models.ForeignKey(SetOff, on_delete=models.PROTECT, null=True, related_name="news")
    letter = models.OneToOneField(DoorLetter, on_delete=models.PROTECT, null=True, related_name="news")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("news for a supplier’s contact")
        verbose_name_plural = _("news for suppliers’ contacts")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="paid", payment__isnull=False, set_off=None)
                | Q(kind__in=["claimed", "back"], payment=None, set_off__isnull=False),
                name="doornews_about_one",
            ),
            models.UniqueConstraint(
                fields=["contact", "payment"], condition=Q(kind="paid"), name="doornews_paid_once"
            ),
            models.UniqueConstraint(
                fields=["contact", "set_off", "kind"], condition=~Q(kind="paid"), name="doornews_claim_once"
            ),
        ]
