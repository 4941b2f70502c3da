"""Versions and changed days in the admin site: shown, never written there."""

from django.contrib import admin

from office.audit.read_only import LawAdmin, ReadOnlyAdmin
from office.rulebook.models import DayOverride, Version


@admin.register(Version)
class VersionAdmin(LawAdmin):
    list_display = ("id", "book", "effective", "sha256", "activated_by_name", "at")
    ordering = ("-id",)


@admin.register(DayOverride)
class DayOverrideAdmin(ReadOnlyAdmin):
    list_display = ("date", "kind", "name", "source")
    ordering = ("-date",)
