"""The record of orders and the exports of figures."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from office.audit import api as audit
from office.notices import api as notices
from office.subjects import register_subject


def register() -> None:
    audit.register_verbs(
        {
            "orders.record_made": _("Record of orders made"),
            "orders.record_confirmed": _("Record of orders confirmed"),
            "orders.figures_exported": _("Figures exported"),
        }
    )
    notices.register_kind(
        "orders.record_made",
        title=_("Record of orders made"),
        text=_("Record of orders {label}: {orders} orders"),
    )
    register_subject("order_record", _("order record"), lambda _id: reverse("orders:records"))
    register_subject("figures", _("Figures"), lambda _id: reverse("orders:figures"))
