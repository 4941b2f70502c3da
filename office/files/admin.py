"""Kept files in the admin site: the facts, never the bytes."""

from django.contrib import admin

from office.audit.read_only import LawAdmin, ReadOnlyAdmin
from office.files.models import Offer, StoredFile


@admin.register(StoredFile)
class StoredFileAdmin(LawAdmin):
    list_display = ("id", "name", "family", "mime", "size", "kept_by", "kept_at")
    list_select_related = ("kept_by",)
    ordering = ("-id",)


@admin.register(Offer)
class OfferAdmin(ReadOnlyAdmin):
    list_display = ("id", "name", "sent_size", "smaller_size", "made_at")
    ordering = ("-id",)
