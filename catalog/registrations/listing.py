"""Listing and delisting: their verbs and what approvals need to know of them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.kinds import listing as words
from catalog.kinds.words import field_name
from catalog.services import asking_again, listing
from office.approvals import api as approvals
from office.audit import api as audit
from office.subjects import register_subject


def register() -> None:
    audit.register_verbs(listing.VERBS)
    register_subject("shelf", _("listing"), words.url)
    for code, name, fields, apply, ask in (
        (listing.LIST, _("Listing"), words.listing_fields, words.list_them, words.ask_listing),
        (listing.DELIST, _("Abnormal delisting"), words.states, words.delist_them, words.ask_delisting),
    ):
        approvals.register_kind(
            approvals.Kind(
                code=code,
                name=name,
                subject_type="shelf",
                fields=fields,
                changes=words.changes,
                apply=apply,
                check=listing.check_rows,
                again=asking_again.shelf,
                visible=words.visible,
                evidence=words.evidence,
                field_name=field_name,
                ask=ask,
            )
        )
