"""The supplier's door: audit verbs, notices, subjects, the papers it shows."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contracts.models import DoorLink
from contracts.selectors import door_orders, door_papers
from contracts.services import proving, returning
from contracts.services.door import untold
from office import crypto
from office.audit import api as audit
from office.notices import api as notices
from office.subjects import numbered, register_subject


def register() -> None:
    audit.register_verbs(
        {
            "contracts.send_link": _("Link to the door sent"),
            "contracts.revoke_link": _("Link to the door revoked"),
            "contracts.renew_link": _("Link to the door sent anew"),
            "contracts.shut_link": _("Link to the door shut"),
            "contracts.read_out_code": _("Code read out by phone"),
            "contracts.tell_supplier": _("Supplier told by message"),
            "contracts.enter_door": _("Supplier’s contact came in at the door"),
        }
    )
    audit.register_incidents({returning.UNPROVEN: _("An opening that nobody made at the supplier’s door")})
    audit.register_verifier("door", proving.count, proving.findings)
    crypto.register_reindexer("words said at the door", proving.prove_anew, purposes={proving.PURPOSE})
    notices.register_kind(
        "contracts.door_guessed",
        title=_("Somebody guessed at a supplier’s door"),
        text=_("{supplier}: too many wrong codes; the link is shut. Talk to the contact and send a new one."),
        mutable=False,
    )
    notices.register_kind(
        untold.UNTOLD,
        title=_("A supplier was not told"),
        text=_("No message reached {contact} of {supplier} about this. Please call and tell him."),
    )
    register_subject(
        "door_link",
        _("link of the door"),
        lambda pk: reverse("contracts:door_link", args=[pk]),
        numbered(_("Link")),
    )
    door_papers.register_lister(DoorLink.Purpose.ORDER, "door:order", door_orders.order_lines)
    door_papers.register_lister(DoorLink.Purpose.SAMPLE, "door:sample", door_orders.sample_lines)
    door_papers.register_lister(DoorLink.Purpose.COMPLAINT, "door:complaint", door_papers.complaint_lines)
