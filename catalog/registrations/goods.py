"""Verbs of the trail, the subjects and the notices of goods and their listing."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.services import delisting, exports, goods
from office.audit import api as audit
from office.notices import api as notices
from office.subjects import register_subject


def register() -> None:
    audit.register_verbs({**goods.VERBS, **delisting.VERBS, **exports.VERBS})
    register_subject("channel", _("sales channel"))
    register_subject("category", _("category"))
    register_subject("product", _("product"), lambda key: reverse("catalog:product", args=[key]))
    register_subject("sku", _("SKU"))
    register_subject("goods_list", _("list of goods"))
    notices.register_kind(
        "catalog.delisted_at_zero",
        title=_("Taken off sale: no stock"),
        text=_("{label} has no stock left and was taken off sale on {channel}. Please see to the shop."),
    )
