"""Why an act was done, as codes: the trail and figures may carry a code, never words that may name a customer.

Free words go into a note sealed under the customer's key. `other` therefore always needs a note.
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class InvalidReason(TextChoices):
    DECLINED = "declined", _("The customer did not order it, or no longer wants it")
    UNREACHABLE = "unreachable", _("Not reached after several tries")
    DUPLICATE = "duplicate", _("Ordered twice")
    WRONG_DATA = "wrong_data", _("Address or phone cannot be right")
    FRAUD = "fraud", _("Suspected fraud")
    OTHER = "other", _("Something else (say what)")


class CancelReason(TextChoices):
    CUSTOMER = "customer", _("The customer asked for it")
    SHOP = "shop", _("Cancelled in the shop")
    OUT_OF_STOCK = "out_of_stock", _("Cannot be delivered")
    REPLACED = "replaced", _("Replaced by another order")
    DUPLICATE = "duplicate", _("Ordered twice")
    OTHER = "other", _("Something else (say what)")


class AfterSales(TextChoices):
    RETURN = "return", _("Goods returned")
    EXCHANGE = "exchange", _("Goods exchanged")
    REFUND = "refund", _("Money paid back")
    REPAIR = "repair", _("Repaired, or parts sent")
    COMPLAINT = "complaint", _("The customer complains")
    OTHER = "other", _("Something else (say what)")


class ReturnReason(TextChoices):
    OFF_DUTY = "off_duty", _("Its holder went off duty")
    IDLE = "idle", _("Its holder was idle past the deadline")
    GIVEN_BACK = "given_back", _("Given back by its holder")
    SUPERVISOR = "supervisor", _("Taken back by a supervisor")


class ReassignReason(TextChoices):
    WORKLOAD = "workload", _("Too much in hand")
    LATE = "late", _("Late, or about to be")
    ABSENT = "absent", _("Its holder is not there")
    EXPERTISE = "expertise", _("Somebody else knows the case better")
    OTHER = "other", _("Something else (say what)")


class UnmaskReason(TextChoices):
    HOLDER = "holder", _("Working on the order")
    CALLED = "called", _("The customer called")
    COMPLAINT = "complaint", _("A complaint")
    DELIVERY = "delivery", _("Arranging the delivery")
    CHECK = "check", _("Checking the case")
