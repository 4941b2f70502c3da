"""What the desk tells the engines below it; called from the app's `ready()`."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from office.audit import api as audit
from office.deadlines import api as deadlines
from office.notices import api as notices
from office.staff import api as staff
from office.subjects import register_subject
from orders import rules
from orders.services.desk.taking import release_shift


def register() -> None:
    """Verbs of the trail, names of the clocks, kinds of notices, and what happens when a shift ends."""
    register_subject("orders_list", _("list of orders"), lambda _id: reverse("orders:desk"))
    audit.register_verbs(
        {
            "orders.accept": _("Accepted"),
            "orders.contact": _("Contact recorded"),
            "orders.confirm": _("Confirmed"),
            "orders.invalid": _("Marked invalid"),
            "orders.hand_over": _("Handed over"),
            "orders.take": _("Taken by product operations"),
            "orders.close": _("Closed"),
            "orders.cancel": _("Cancelled"),
            "orders.replace": _("Replaced"),
            "orders.after_sales": _("After the sale"),
            "orders.reassign": _("Reassigned"),
            "orders.return": _("Returned to the pool"),
            "orders.note": _("Note written"),
            "orders.follow_up": _("Followed up"),
            "orders.callback_done": _("Call-back done"),
            "orders.unmask": _("Customer’s data shown"),
            "orders.list_exported": _("List exported"),
        }
    )
    deadlines.register_kind(rules.ACCEPT, title=_("accepting the order"))
    deadlines.register_kind(rules.CONTACT, title=_("contacting the customer"))
    deadlines.register_kind(rules.HANDOFF, title=_("handing over to product operations"))
    deadlines.register_kind(rules.FOLLOWUP, title=_("the follow-up note"))
    deadlines.register_kind(rules.TAKEOVER, title=_("taking over by product operations"))
    notices.register_kind(
        "orders.reassigned",
        title=_("Order reassigned"),
        text=_("{label} is now with {to}; {by} decided so."),
    )
    notices.register_kind(
        "orders.returned",
        title=_("Order back in the pool"),
        text=_("{label} went back to the pool and is no longer with you."),
    )
    staff.register_off_duty(release_shift)
    # Customers' data beyond one's own orders: of the whole department, or of everything handed over.
    staff.register_power("orders.view_customer", "orders.view_all")
    staff.register_power("orders.view_customer", "orders.take_over")
    staff.register_power("orders.erase_customer")
