"""Prices: their verbs and what approvals need to know of them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.kinds import pricing as words
from catalog.kinds.words import field_name
from catalog.services import asking_again, pricing
from office.approvals import api as approvals
from office.audit import api as audit
from office.notices import api as notices
from office.subjects import register_subject


def register() -> None:
    audit.register_verbs(pricing.VERBS)
    notices.register_kind(
        "catalog.below_cost_now",
        title=_("Below cost by now"),
        text=_("{label} costs more by now than {count} of its agreed prices or promotions ask."),
    )
    register_subject("pricing", _("price"), words.url)
    approvals.register_kind(
        approvals.Kind(
            code=pricing.KIND,
            name=_("Selling price"),
            subject_type="pricing",
            fields=words.fields,
            fields_of_many=words.fields_of_many,
            changes=words.changes,
            apply=words.apply,
            check=pricing.check_price,
            again=asking_again.price,
            visible=words.visible,
            similar=words.similar,
            evidence=words.evidence,
            field_name=field_name,
            ask=words.ask,
        )
    )
