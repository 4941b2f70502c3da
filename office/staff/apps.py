from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class StaffConfig(AppConfig):
    name = "office.staff"
    label = "staff"
    verbose_name = _("Staff")

    def ready(self) -> None:
        from office.audit import api as audit
        from office.staff import wiring
        from office.subjects import register_subject

        register_subject("employee", _("Employee"), lambda pk: reverse("staff:person", args=[pk]))
        audit.register_verbs(
            {
                "staff.add": _("Joined the department"),
                "staff.update": _("Particulars changed"),
                "staff.change_password": _("Password changed"),
                "staff.reset_password": _("One-time password given"),
                "staff.activate": _("May sign in again"),
                "staff.deactivate": _("May no longer sign in"),
                "staff.set_language": _("Language chosen"),
                "staff.appoint": _("Appointed to a post"),
                "staff.appoint_acting": _("Acting for a vacant post"),
                "staff.end_appointment": _("Appointment ended"),
                "staff.start_duty": _("Went on duty"),
                "staff.end_duty": _("Went off duty"),
                "staff.end_sessions": _("Signed out on other devices"),
                "staff.second_factor": _("Second factor changed"),
                "staff.propose": _("Proposed, waits for a second person"),
                "staff.confirm": _("Confirmed by a second person"),
                "staff.refuse": _("Refused by a second person"),
                "staff.withdraw": _("Proposal withdrawn"),
                "staff.reset_second_factor": _("Second factor taken off"),
            }
        )
        # Keeping staff records gives every other power; the posts that must sign in with a second factor are those
        # that decide for others.
        wiring.register_power("staff.manage")
        wiring.register_power("staff.mfa_required")
