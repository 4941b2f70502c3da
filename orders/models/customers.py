"""A customer's key and the keyed indexes by which orders are found again. Mutable: erasing a key forgets the person
(Personal Information Protection Law, art. 47), and the ledger, which covers only ciphertext, still verifies."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class EraseReason(models.TextChoices):
    """Why a customer is forgotten, as a code: the trail carries no words that could name anybody."""

    REQUEST = "request", _("The customer asked to be forgotten")
    PURPOSE = "purpose", _("No longer needed for its purpose")
    CONSENT = "consent", _("Consent was withdrawn")
    UNLAWFUL = "unlawful", _("It should not have been collected")
    OTHER = "other", _("Something else (say what)")


#: No reason that people give: the key was not in the backup that was restored. It may come back with another.
NOT_RESTORED = "not_restored"


class CustomerKey(models.Model):
    """The data key of one customer, wrapped under the application's key `kek`. Erased: `wrapped` is null.

    `identity` is the keyed hash of a complete phone number, by which the same person's orders share a key; null for
    a customer without one (a masked recipient never merges customers).
    """

    id = models.BigAutoField(primary_key=True)
    wrapped = models.BinaryField(null=True)
    kek = models.CharField(max_length=20)
    identity = models.BinaryField(max_length=32, null=True)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)
    erased_by_id = models.BigIntegerField(null=True)
    erased_by_name = models.CharField(max_length=120, blank=True)
    erased_reason = models.CharField(max_length=300, blank=True)  # an EraseReason, or NOT_RESTORED
    erased_note = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("customer key")
        verbose_name_plural = _("customer keys")
        constraints = [
            models.UniqueConstraint(fields=["identity"], name="customer_identity_once"),
            models.CheckConstraint(
                condition=Q(erased_at=None, wrapped__isnull=False)
                | Q(erased_at__isnull=False, wrapped=None, identity=None),
                name="customer_erased_is_gone",
            ),
        ]
        indexes = [models.Index(fields=["-id"], condition=Q(erased_at__isnull=False), name="customer_erased")]

    @property
    def reason_text(self) -> str:
        """The reason of the erasure in words, with the note."""
        if self.erased_reason == NOT_RESTORED:
            return gettext("Restored from a backup without the customers’ keys")
        known = dict(EraseReason.choices).get(self.erased_reason, self.erased_reason)
        return f"{known} · {self.erased_note}" if self.erased_note else str(known)


class CustomerIndex(models.Model):
    """Keyed hashes (HMAC-SHA-256 cut to 16 bytes) of one order's customer; deleted when the customer is erased.

    `grams` holds the hashes of the NFKC bigrams of the name.
    """

    order_id = models.BigIntegerField(primary_key=True)
    customer_key = models.ForeignKey(CustomerKey, on_delete=models.CASCADE, related_name="indexes")
    phone = models.BinaryField(max_length=16, null=True)
    last4 = models.BinaryField(max_length=16, null=True)
    grams = ArrayField(models.BinaryField(max_length=16), default=list)

    class Meta:
        verbose_name = _("customer index")
        verbose_name_plural = _("customer indexes")
        indexes = [
            models.Index(fields=["phone"], name="customer_index_phone"),
            models.Index(fields=["last4"], name="customer_index_last4"),
            GinIndex(fields=["grams"], name="customer_index_grams"),
        ]
