"""Pictures and texts: their verbs and what approvals need to know of them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.kinds import content as words
from catalog.kinds.words import field_name
from catalog.services import content, packs
from office.approvals import api as approvals
from office.audit import api as audit


def register() -> None:
    audit.register_verbs(content.VERBS)
    audit.register_verbs(packs.VERBS)
    approvals.register_kind(
        approvals.Kind(
            code=content.KIND,
            name=_("Product text"),
            subject_type="product",
            fields=words.fields,
            changes=words.changes,
            apply=words.apply,
            check=content.check_text,
            field_name=field_name,
            ask=words.ask,
        )
    )
