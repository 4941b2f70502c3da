"""Deadlines in the admin site: to look at. Only the verbs and the sweep move them."""

from django.contrib import admin

from office.audit.read_only import ReadOnlyAdmin
from office.deadlines.models import Deadline, SweepGap


@admin.register(Deadline)
class DeadlineAdmin(ReadOnlyAdmin):
    list_display = ("id", "rule", "label", "state", "due_at", "met_at")
    ordering = ("-id",)


@admin.register(SweepGap)
class SweepGapAdmin(ReadOnlyAdmin):
    list_display = ("id", "started_at", "ended_at")
    ordering = ("-id",)
