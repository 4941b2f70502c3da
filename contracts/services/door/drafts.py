"""What a contact has typed at its door and not handed in: kept while it types, and when its visit was over, and there
again when it comes back.

Only for a browser that has been inside by this link, and only words: a file is chosen again. A draft is called by its
form, "order/12/ship" or "order/12/mend/7"; an empty one says that the form was handed in, so that a save that comes
late brings nothing back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from contracts.models import DoorDraft, DoorLink, SupplierContact
from contracts.rules import door as rules
from contracts.selectors import door as selectors
from contracts.selectors.door import State
from office.errors import Conflict

#: More than any form of the door holds.
MOST_FIELDS, LONGEST = 120, 2000
#: Of one contact; the oldest go.
MOST = 60


@transaction.atomic
def keep(
    *,
    link: DoorLink,
    key: str,
    page: str,
    typed: Mapping[str, str],
    now: datetime,
    opened_at: datetime | None = None,
) -> DoorDraft | None:
    """None where nothing is kept: nothing was typed, no form is called so, the browser never showed a code of this
    link, or the link was ended. `opened_at`: when the page was drawn. Raises Conflict (`handed_in`) when the form went
    off since."""
    if not rules.paper_of_form(page)[1] or selectors.state_of(link, now) is State.SHUT:
        return None
    if not selectors.was_inside(link, key):
        return None
    _alone(link.contact_id)
    mine = DoorDraft.objects.filter(contact=link.contact_id)
    before = mine.filter(page=page).first()
    if before is not None and not before.fields and opened_at is not None and before.at >= opened_at:
        raise Conflict(_("This has been handed in meanwhile."), code="handed_in")
    fields = {
        name[:60]: text[:LONGEST]
        for name, said in list(typed.items())[:MOST_FIELDS]
        if "\x00" not in name
        and not rules.is_of_the_page(name)
        and (text := said.replace("\x00", "")).strip()
    }
    if not set(fields) - rules.NAMES_A_PART:
        mine.filter(page=page).exclude(fields={}).delete()
        return None
    kept, made = DoorDraft.objects.update_or_create(
        contact_id=link.contact_id, page=page, defaults={"fields": fields, "at": now}
    )
    if made:
        over = mine.order_by("-at", "-pk").values_list("pk", flat=True)[MOST:]
        DoorDraft.objects.filter(pk__in=list(over)).delete()
    return kept


def typed(contact: SupplierContact, paper: str, now: datetime) -> dict[str, dict[str, str]]:
    """What stands in the forms of a paper ("order/12"): {form: {field: text}}, the form as "ship" or "mend/7". Kept as
    long as a link is good."""
    since = now - selectors.terms(now).link
    rows = DoorDraft.objects.filter(contact=contact, page__startswith=f"{paper}/", at__gt=since)
    return {
        rules.form_of(row.page.removeprefix(f"{paper}/"), row.fields): row.fields
        for row in rows.exclude(fields={}).order_by("at")
    }


@transaction.atomic
def handed_in(*, contact: SupplierContact, page: str, now: datetime) -> None:
    """It went off: nothing of it comes back, a save that is still under way neither."""
    if rules.paper_of_form(page)[1]:
        _alone(contact.pk)
        DoorDraft.objects.update_or_create(contact=contact, page=page, defaults={"fields": {}, "at": now})
    else:
        discard(contact=contact, page=page)


def _alone(contact_id: int) -> None:
    """One draft of a contact at a time: of a form that nothing was kept of before there is no row to lock, and a save
    under way beside the handing in would bring back what went off."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('contracts.drafts'), %s::integer)", [contact_id]
        )


def discard(*, contact: SupplierContact, page: str) -> None:
    """The contact wants none of it."""
    DoorDraft.objects.filter(contact=contact, page=page).delete()


def forget_old(*, now: datetime) -> None:
    DoorDraft.objects.filter(at__lte=now - selectors.terms(now).link).delete()
