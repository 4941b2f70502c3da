"""Promotions: their verbs, notices, and what approvals need to know of them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.kinds import promotions as words
from catalog.kinds.words import field_name
from catalog.services import asking_again, promotions, stopping, turning
from office.approvals import api as approvals
from office.audit import api as audit
from office.notices import api as notices
from office.subjects import register_subject


def register() -> None:
    audit.register_verbs({**promotions.VERBS, **stopping.VERBS, **turning.VERBS})
    register_subject("promotion", _("promotion"), words.plan_page)
    notices.register_kind(
        "catalog.promotion_begins",
        title=_("Promotion began"),
        text=_("{label} began at {happened_at}; its prices are in force."),
    )
    notices.register_kind(
        "catalog.promotion_ends",
        title=_("Promotion ended"),
        text=_("{label} ended at {happened_at}; the prior prices are back."),
    )
    approvals.register_kind(
        approvals.Kind(
            code=promotions.PLAN,
            name=_("Promotion plan"),
            subject_type="promotion",
            fields=words.fields,
            changes=words.plan_changes,
            apply=words.pass_plan,
            check=words.check_plan,
            again=asking_again.plan,
            visible=words.visible,
            field_name=field_name,
            ask=words.plan_page,
        )
    )
    approvals.register_kind(
        approvals.Kind(
            code=promotions.PRICES,
            name=_("Promotion prices"),
            subject_type="promotion",
            fields=words.fields,
            changes=words.price_changes,
            apply=words.set_prices,
            check=words.check_prices,
            again=asking_again.promotion,
            visible=words.visible,
            evidence=words.price_evidence,
            field_name=field_name,
            ask=words.prices_page,
        )
    )
    approvals.register_kind(
        approvals.Kind(
            code=stopping.STOP,
            name=_("Stop of a promotion"),
            subject_type="promotion",
            fields=words.fields,
            changes=words.stop_changes,
            apply=words.stop,
            check=words.check_stop,
            again=asking_again.stop,
            visible=words.visible,
            field_name=field_name,
            ask=words.plan_page,
        )
    )
