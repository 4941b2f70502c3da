"""What the engines know of purchase orders and samples: verbs, subjects, deadlines, notices, a chain."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contracts.kinds import ending as words
from contracts.models import Acceptance, ArrivalLine, LossClaim, OrderLine, Recount, Rectification
from contracts.selectors.losses import ANSWER
from contracts.services import (
    accepting,
    arriving,
    demand,
    drawing,
    ending,
    handovers,
    inspecting,
    losses,
    ordering,
    ready,
    recounting,
    reports,
    returning,
    samples,
    saying,
    whole,
)
from office.approvals import api as approvals
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.notices import api as notices
from office.subjects import register_subject


def register() -> None:
    audit.register_verbs(
        {
            **saying.VERBS,
            **samples.VERBS,
            **reports.VERBS,
            **arriving.VERBS,
            **recounting.VERBS,
            **accepting.VERBS,
            **ending.VERBS,
            **drawing.VERBS,
            **inspecting.VERBS,
            **demand.VERBS,
            **handovers.VERBS,
            **losses.VERBS,
            **ready.VERBS,
        }
    )
    register_subject(
        "purchase_order", _("purchase order"), lambda key: reverse("contracts:order", args=[key])
    )
    register_subject("purchase_line", _("line of a purchase order"), _line_url)
    register_subject("supplier_sample", _("sample"), lambda key: reverse("contracts:sample", args=[key]))
    register_subject(
        "demand_plan", _("demand plan"), lambda key: reverse("contracts:demand_plan", args=[key])
    )
    register_subject(
        "inspection_draw", _("draw of inspections"), lambda key: reverse("contracts:draw", args=[key])
    )
    register_subject("rectification", _("rectification"), _rectification_url)
    register_subject("acceptance", _("decision about goods"), _acceptance_url)
    register_subject("recount", _("recount"), _recount_url)
    register_subject("arrival_line", _("line of an arrival"), _arrived_url)
    register_subject("loss_claim", _("loss claim"), _loss_url)
    deadlines.register_kind(inspecting.RECTIFY, title=_("putting right what the inspection found"))
    deadlines.register_kind(ordering.UNOPENED, title=_("opening the order, by the supplier"))
    deadlines.register_kind(returning.RETURN, title=_("returning the order, by the supplier"))
    deadlines.register_kind(
        returning.DEEMED, title=_("an answer to the order, by the supplier"), on_breach=returning.on_silence
    )
    deadlines.register_kind(
        ANSWER, title=_("an answer to a loss claim, by the supplier"), on_breach=losses.on_silence
    )
    deadlines.register_kind(whole.DELIVERY, title=_("delivery and acceptance"))
    approvals.register_kind(
        approvals.Kind(
            code=ending.KIND,
            name=_("End of a purchase order"),
            subject_type="purchase_order",
            fields=words.fields,
            changes=words.changes,
            apply=ending.apply,
            check=ending.check,
            visible=words.visible,
            field_name=words.field_name,
            ask=words.ask,
        )
    )
    for word, title, text in (
        (
            "order_returned",
            _("Purchase order returned"),
            _("{supplier} has returned {label}. Confirm the first sample before it is produced."),
        ),
        (
            "order_deemed",
            _("Purchase order deemed accepted"),
            _("{label}: {supplier} opened it and did not answer in time. It counts as accepted."),
        ),
        (
            "opening_unproven",
            _("Nobody opened this order at the door"),
            _(
                "{label}: the opening on record was not made at {supplier}’s door. The time of silent acceptance does "
                "not run; ask for the countersigned order."
            ),
        ),
        ("sample_to_sign", _("A sample waits for your signature"), _("{supplier} has photographed {label}.")),
        (
            "first_sample_to_confirm",
            _("First sample to confirm"),
            _("{supplier} has confirmed the first sample of {label}. Production waits for you."),
        ),
        (
            "ready_stated",
            _("Goods stand ready to ship"),
            _("{supplier}: {pieces} pieces of {label} stand ready. They leave once their balance is paid."),
        ),
        ("shipped", _("Goods are on their way"), _("{supplier} has shipped {number} of {label}.")),
        ("arrived", _("Goods have arrived"), _("{number} of {label} was counted in. Please inspect it.")),
        (
            "arrival_differs",
            _("A delivery differs from its note"),
            _("{number} of {label}: what was counted is not what the delivery note says."),
        ),
        (
            "loss_answered",
            _("Loss claim answered"),
            _("{supplier} has answered claim {number} of {label}."),
        ),
        (
            "recounted",
            _("A delivery was counted again"),
            _("{number} of {label}: {counted} pieces, not {was}."),
        ),
        (
            "drawn",
            _("Inspections drawn"),
            _("The lot fell on {count} lines in production ({label}). Please inspect them."),
        ),
        (
            "whole_unpaid",
            _("An order waits for a payment to be made or dropped"),
            _(
                "Every piece of {label} is accepted. Payment #{payment} is for goods that do not leave any more and is "
                "neither made nor dropped. Record it if the money has gone, or drop it: then the order closes."
            ),
        ),
        (
            "inspection_failed",
            _("Inspection failed"),
            _("{label} of {supplier} did not pass. Nothing is shipped before it is put right."),
        ),
        (
            "rectified",
            _("Put right, says the supplier"),
            _("{supplier} says that {label} is put right. Please look."),
        ),
        ("order_over", _("Purchase order ended"), _("{label} was ended before its time.")),
    ):
        notices.register_kind(f"contracts.{word}", title=title, text=text)


def _rectification_url(key: str) -> str:
    row = Rectification.objects.select_related("result").filter(pk=key).first() if key.isdecimal() else None
    return reverse("contracts:inspection", args=[row.result.inspection_id]) if row else ""


def _acceptance_url(key: str) -> str:
    order = _order_of(Acceptance.objects.filter(pk=key) if key.isdecimal() else None)
    return order and f"{order}#acceptance-{key}"


def _loss_url(key: str) -> str:
    claim = LossClaim.objects.filter(pk=key).first() if key.isdecimal() else None
    return f"{reverse('contracts:order', args=[claim.order_id])}#loss-{key}" if claim else ""


def _recount_url(key: str) -> str:
    return _order_of(Recount.objects.filter(pk=key) if key.isdecimal() else None)


def _arrived_url(key: str) -> str:
    found = (
        ArrivalLine.objects.filter(pk=key).values_list("line__order", flat=True) if key.isdecimal() else []
    )
    return next((reverse("contracts:order", args=[pk]) for pk in found), "")


def _order_of(rows: QuerySet[Any] | None) -> str:
    found = None if rows is None else rows.values_list("arrived__line__order", flat=True).first()
    return reverse("contracts:order", args=[found]) if found else ""


def _line_url(key: str) -> str:
    line = OrderLine.objects.filter(pk=key).first() if key.isdecimal() else None
    return reverse("contracts:order", args=[line.order_id]) if line else ""
