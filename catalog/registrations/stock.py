"""What the engines know of stock: verbs, deadlines, notices, subjects, and the variance that is agreed to."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.kinds import variance
from catalog.services.stock import counting, imports, moving, orders, purchases
from office.approvals import api as approvals
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.notices import api as notices
from office.subjects import register_subject


def register() -> None:
    audit.register_verbs(
        {**moving.VERBS, **orders.VERBS, **counting.VERBS, **imports.VERBS, **purchases.VERBS}
    )
    register_subject("stock_count", _("stock count"), lambda key: reverse("catalog:count", args=[key]))
    register_subject(
        "unmatched_goods", _("unmatched goods"), lambda key: reverse("catalog:unmatched") + f"#goods-{key}"
    )
    deadlines.register_kind(counting.DONE, title=_("counting the stock"))
    notices.register_kind(
        "catalog.oversold",
        title=_("Sold more than there is"),
        text=_(
            "{label}: {missing} pieces are missing after order {reference}. Please order more, or call the customer."
        ),
    )
    notices.register_kind(
        "catalog.goods_unmatched",
        title=_("Goods of an order are not in the catalog"),
        text=_("{label}: “{code}” is no style number of ours. Please say which SKU it is."),
    )
    notices.register_kind(
        "catalog.bought_unknown",
        title=_("Goods that came are not in the catalog"),
        text=_("{label}: “{code}” is no style number of ours, so the stock did not move ({pieces} pieces)."),
    )
    approvals.register_kind(
        approvals.Kind(
            code=counting.VARIANCE,
            name=_("Stock variance"),
            subject_type="stock_count",
            fields=variance.fields,
            changes=variance.changes,
            apply=counting.apply_variance,
            check=variance.check,
            visible=variance.visible,
            similar=lambda run: counting.VARIANCE,
            ask=lambda subject_id: reverse("catalog:count", args=[subject_id]),
        )
    )
