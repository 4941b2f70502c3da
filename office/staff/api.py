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
    set_active,
    set_language,
    update_employee,
)
from office.staff.services.posts import appoint, end_appointment
from office.staff.subjects import subject_of
from office.staff.wiring import (
    register_acting_pairs,
    register_availability,
    register_off_duty,
    register_permission,
    register_superiors,
)

__all__ = [
    "OnDuty",
    "acting_for",
    "acting_positions",
    "add_employee",
    "appoint",
    "change_password",
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
    "register_acting_pairs",
    "register_availability",
    "register_off_duty",
    "register_permission",
    "register_superiors",
    "reset_password",
    "set_active",
    "set_language",
    "start_duty",
    "subject_of",
    "touch_presence",
    "update_employee",
]
