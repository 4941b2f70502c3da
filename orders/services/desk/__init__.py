"""The verbs of the order desk, by subject: into and out of hands, contact, hand-over, notes, looking."""

from orders.services.desk.contact import confirm_order, mark_invalid, record_contact, unconfirmed_facts
from orders.services.desk.correcting import record_after_sales, replace_order
from orders.services.desk.handing import cancel_order, close_order, hand_over, pass_on_order, take_order
from orders.services.desk.looking import unmask_customer, watch_beat
from orders.services.desk.notes import add_note, finish_callback
from orders.services.desk.taking import (
    accept_next,
    accept_order,
    reassign_order,
    release_shift,
    return_idle_orders,
    return_to_pool,
)

__all__ = [
    "accept_next",
    "accept_order",
    "add_note",
    "cancel_order",
    "close_order",
    "confirm_order",
    "finish_callback",
    "hand_over",
    "mark_invalid",
    "pass_on_order",
    "reassign_order",
    "record_after_sales",
    "record_contact",
    "release_shift",
    "replace_order",
    "return_idle_orders",
    "return_to_pool",
    "take_order",
    "unconfirmed_facts",
    "unmask_customer",
    "watch_beat",
]
