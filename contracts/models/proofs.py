"""That a supplier's person said something at the door: proofs that only the application can make."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.models.orders import OrderEvent
from office.audit.lawful import LawModel


class DoorProof(LawModel):
    """`mac` is over all that the event says, under a key that the database does not hold (contracts.services.proving):
    a row that somebody with a login to the database writes bears none. There is another one once keyed hashes were made
    anew."""

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(OrderEvent, on_delete=models.PROTECT, related_name="proofs", db_index=False)
    mac = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("proof of a word said at the door")
        verbose_name_plural = _("proofs of words said at the door")
        constraints = [models.UniqueConstraint(fields=["event", "mac"], name="doorproof_once")]
