"""People and posts in the admin site: to look at. They change on the staff pages, through the verbs."""

from django.contrib import admin

from office.audit.read_only import LawAdmin, ReadOnlyAdmin
from office.staff.models import Appointment, Employee, Presence, Proposal


@admin.register(Employee)
class EmployeeAdmin(LawAdmin):
    """Rights come by posts and grants alone: who sends a form here is recorded (C13.2)."""

    clause = "C13.2"
    list_display = ("number", "name", "department", "is_active", "last_login")
    search_fields = ("=number", "name")
    hidden = ("password", "groups", "user_permissions", "is_superuser", "is_staff")


@admin.register(Appointment)
class AppointmentAdmin(LawAdmin):
    clause = "C13.2"
    list_display = ("employee", "position", "during", "acting", "reason")
    list_select_related = ("employee",)
    list_filter = ("position", "acting")


@admin.register(Presence)
class PresenceAdmin(ReadOnlyAdmin):
    list_display = ("employee", "started_at", "ended_at", "last_seen_at")
    list_select_related = ("employee",)
    ordering = ("-id",)


@admin.register(Proposal)
class ProposalAdmin(ReadOnlyAdmin):
    list_display = ("employee", "kind", "position", "state", "proposed_by", "proposed_at", "decided_by")
    list_select_related = ("employee", "proposed_by", "decided_by")
    list_filter = ("state", "kind")
    ordering = ("-id",)
