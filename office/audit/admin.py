"""The trail in the admin site."""

from django.contrib import admin

from office.audit.models import Entry, Export, Incident, IndexKey, Seal
from office.audit.read_only import LawAdmin, ReadOnlyAdmin


@admin.register(Entry)
class EntryAdmin(LawAdmin):
    list_display = ("id", "at", "verb", "subject_label", "actor_name", "clause")
    hidden = ("canonical", "digest", "tx")
    ordering = ("-id",)


@admin.register(Seal)
class SealAdmin(LawAdmin):
    list_display = ("id", "at", "era", "entries", "last_id")
    hidden = ("root", "previous", "digest")
    ordering = ("-id",)


@admin.register(Incident)
class IncidentAdmin(LawAdmin):
    list_display = ("id", "at", "kind", "subject_label", "actor_name", "channel")
    ordering = ("-id",)


@admin.register(Export)
class ExportAdmin(LawAdmin):
    list_display = ("id", "at", "code", "verb", "label", "actor_name", "rows", "format")
    ordering = ("-id",)


@admin.register(IndexKey)
class IndexKeyAdmin(ReadOnlyAdmin):
    list_display = ("purpose", "kek", "created_at")
    hidden = ("wrapped",)
