"""Keeping the traces by which an erased customer is found outside his orders, and forgetting what has them."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from orders import traces
from orders.models import RejectedRow, WebhookReceipt

#: What a message came to without booking the order it told of: its body may be about anybody.
UNTIED = frozenset({"conflict", "ignored", "rejected"})


def keep_traces(*, receipt_id: int, shop_id: int, outcome: str, raw: bytes) -> None:
    """In the transaction that wrote the receipt. Nothing for a body that is already tied to its order."""
    if outcome in UNTIED:
        WebhookReceipt.objects.filter(pk=receipt_id, sealed_body__isnull=False).update(
            traces=traces.of_body(shop_id, raw)
        )


def forget_traced(*, of: Collection[bytes]) -> tuple[int, int]:
    """Deletes the refused rows and erases the bodies that have one of these traces. Returns (rows, bodies)."""
    with transaction.atomic():
        rows, _per_model = RejectedRow.objects.filter(traces__overlap=list(of)).delete()
        told = WebhookReceipt.objects.filter(traces__overlap=list(of))
        bodies = told.update(wrapped_key=None, sealed_body=None, kek="", traces=None)
    return rows, bodies
