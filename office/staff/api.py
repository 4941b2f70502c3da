"""The staff engine as other apps use it: `from office.staff import api as staff`."""

from office.staff.selectors import (
    OnDuty,
    acting_for,
    acting_positions,
    holders,
    is_on_duty,
    on_duty,
    on_duty_now,
    own_positions,
    positions_of,
    posts_text,
)
from office.staff.services.duty import end_duty, end_unseen_duty, start_duty, touch_presence
from office.staff.services.people import (
    add_employee,
    change_password,
    reset_password,
    reset_second_factor,
    set_active,
    set_language,
    update_employee,
)
from office.staff.services.posts import appoint, end_appointment
from office.staff.services.proposals import confirm, propose_appointment, propose_reset, refuse, withdraw
from office.staff.subjects import subject_of
from office.staff.wiring import (
    register_acting_pairs,
    register_availability,
    register_off_duty,
    register_permission,
    register_positions_with,
    register_power,
    register_superiors,
    register_tell,
)

__all__ = [
    "OnDuty",
    "acting_for",
    "acting_positions",
    "add_employee",
    "appoint",
    "change_password",
    "confirm",
    "end_appointment",
    "end_duty",
    "end_unseen_duty",
    "holders",
    "is_on_duty",
    "on_duty",
    "on_duty_now",
    "own_positions",
    "positions_of",
    "posts_text",
    "propose_appointment",
    "propose_reset",
    "refuse",
    "register_acting_pairs",
    "register_availability",
    "register_off_duty",
    "register_permission",
    "register_positions_with",
    "register_power",
    "register_superiors",
    "register_tell",
    "reset_password",
    "reset_second_factor",
    "set_active",
    "set_language",
    "start_duty",
    "subject_of",
    "touch_presence",
    "update_employee",
    "withdraw",
]
