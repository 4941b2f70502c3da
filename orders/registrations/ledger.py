"""The ledger: what happens to an order as a document, and to its customer as a person."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from office import crypto
from office.audit import api as audit
from office.notices import api as notices
from office.subjects import register_subject
from orders.selectors import verification
from orders.services.erasure import WRAPPED_KEYS, rewrap_keys
from orders.services.reindex import STEPS
from orders.subjects import order_said, order_url


def register() -> None:
    audit.register_verbs(
        {
            "orders.received": _("Order received"),
            "orders.event": _("Update beside the order"),
            "orders.conflict": _("Came again with other terms; refused"),
            "orders.erase_customer": _("Customer forgotten"),
        }
    )
    audit.register_verifier("orders", verification.count, verification.findings)
    notices.register_kind(
        "orders.conflict",
        title=_("An order came again with other terms"),
        text=_("{label} came again with other terms. It stays as it was made; compare both."),
    )
    notices.register_kind(
        "orders.conflicts_in_batch",
        title=_("Orders in conflict in an import"),
        text=_("Import {label} holds orders that are known with other terms."),
    )
    register_subject("order", _("order"), order_url, order_said)
    for name in WRAPPED_KEYS:
        crypto.register_resealer(name, partial(rewrap_keys, name))
    for name, (step, purposes) in STEPS.items():
        crypto.register_reindexer(name, step, purposes=purposes)
