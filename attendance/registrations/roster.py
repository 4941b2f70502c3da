"""The roster: its verbs, notices, subjects, the kind "swap", and what the engines below need to know of it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.kinds import swaps
from attendance.selectors import hotline
from attendance.selectors.availability import at_work
from attendance.selectors.types import shift_types
from attendance.services.roster.swaps import KIND, request_ended
from office.approvals import api as approvals
from office.audit import api as audit
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.staff import api as staff
from office.subjects import register_subject

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

VERBS: dict[str, StrOrPromise] = {
    "attendance.set_pattern": _("Pattern of shifts set"),
    "attendance.end_pattern": _("Pattern of shifts ended"),
    "attendance.lay_out": _("Roster laid out from the patterns"),
    "attendance.set_shift": _("Shift changed"),
    "attendance.publish": _("Roster published"),
    "attendance.waive_rest": _("Rest given up"),
    "attendance.restore_rest": _("Giving up rest taken back"),
    "attendance.name_hotline": _("Hotline holder named"),
    "attendance.wish": _("Wish for a weekend"),
    "attendance.ask_rota": _("Rota asked for"),
    "attendance.solve_rota": _("Rota proposed"),
    "attendance.set_seat": _("Turn changed by hand"),
    "attendance.adopt_rota": _("Rota taken over"),
    "attendance.drop_rota": _("Rota dropped"),
    "attendance.ask_swap": _("Swap asked for"),
    "attendance.change_swap": _("Swap changed and asked again"),
    "attendance.agree_swap": _("Swap agreed to by the colleague"),
    "attendance.decline_swap": _("Swap declined by the colleague"),
    "attendance.withdraw_swap": _("Swap taken back"),
    "attendance.apply_swap": _("Shifts swapped"),
    "attendance.make_key": _("Secret address made"),
    "attendance.revoke_key": _("Secret address taken back"),
}


def register() -> None:
    audit.register_verbs(VERBS)
    _notices()
    register_subject("roster", _("roster"), _page_of_days)
    register_subject(
        "roster_person", _("roster of a person"), lambda pk: reverse("attendance:person", args=[pk])
    )
    register_subject("rest_waiver", _("rest given up"), lambda _pk: reverse("attendance:waivers"))
    register_subject("rota", _("duty rota"), lambda pk: reverse("attendance:rota", args=[pk]))
    register_subject("swap", _("swap of shifts"), swaps.page)
    register_subject("hotline", _("hotline"), lambda _pk: reverse("attendance:hotline"))
    approvals.register_kind(
        approvals.Kind(
            code=KIND,
            name=_("Swap of shifts"),
            subject_type="swap",
            fields=swaps.fields,
            changes=swaps.changes,
            apply=swaps.apply,
            ended=request_ended,
            check=swaps.check,
            visible=swaps.visible,
            ask=swaps.ask,
            field_name=swaps.field_name,
            exhibits=swaps.exhibits,
            in_words=swaps.in_words,
        )
    )
    rulebook.register_word("duty_service_manager", hotline.named_now)
    staff.register_availability(at_work)


def _notices() -> None:
    notices.register_kind(
        "attendance.published",
        title=_("Roster published"),
        text=_("Your roster from {from} to {until} is published."),
    )
    notices.register_kind(
        "attendance.shift_changed",
        title=_("Your shift has changed"),
        text=_("{day}: {what}. {reason}"),
        detail=_type_name,
        mutable=False,
    )
    notices.register_kind(
        "attendance.hotline_changed",
        title=_("The hotline has changed hands"),
        text=_("From {from} to {until} the hotline is with {name}."),
        mutable=False,
    )
    notices.register_kind(
        "attendance.waive_rest",
        title=_("Everybody gives up rest"),
        text=_("{label}: {reason}"),
        mutable=False,
    )
    notices.register_kind(
        "attendance.restore_rest",
        title=_("Rest is kept after all"),
        text=_("{label}: the declaration was taken back."),
        mutable=False,
    )
    notices.register_kind(
        "attendance.rota_solved",
        title=_("Rota proposed"),
        text=_("The rota {label} waits for your look."),
    )
    notices.register_kind(
        "attendance.rota_failed",
        title=_("Rota not solved"),
        text=_("No answer was found for the rota {label}."),
    )
    for kind, title, text in (
        ("asked", _("A swap is asked of you"), _("{asker} asks you to swap the {what} of {day}.")),
        ("declined", _("Swap declined"), _("{colleague} declined the swap of {day}.")),
        ("withdrawn", _("Swap taken back"), _("{asker} took back the swap of {day}.")),
        ("done", _("Swapped"), _("{asker} and {colleague} have swapped the {what} of {day}.")),
    ):
        notices.register_kind(f"attendance.swap_{kind}", title=title, text=text, detail=_swapped)


def _swapped(word: str) -> StrOrPromise:
    return _("night with the hotline") if word else _("shift")


def _type_name(code: str) -> StrOrPromise:
    found = shift_types(timezone.now()).get(code)
    return found.name if found else code or _("no shift")


def _page_of_days(day: str) -> str:
    first = date.fromisoformat(day) if day else timezone.localdate()
    return f"{reverse('attendance:roster')}?day={first.isoformat()}"
