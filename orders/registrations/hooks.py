"""Shops, their secrets, and what their webhooks tell."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from office import crypto
from office.audit import api as audit
from office.notices import api as notices
from office.subjects import register_subject
from orders.services import receipts, shops


def register() -> None:
    audit.register_verbs(shops.VERBS)
    notices.register_kind(
        "orders.shop_cancelled",
        title=_("Cancelled in the shop"),
        text=_("The customer cancelled {label} in the shop. Look at it before you go on."),
    )
    register_subject("shop", _("shop"), lambda pk: reverse("orders:shop", args=[pk]))
    crypto.register_resealer("shop secrets", shops.reseal_shop_secrets)
    crypto.register_resealer("webhook bodies", receipts.rewrap_receipt_keys)
