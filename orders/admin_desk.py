"""What moves at the desk, in the admin site: to look at. Sealed notes and bodies are hidden."""

from django.contrib import admin

from office.audit.read_only import LawAdmin, ReadOnlyAdmin
from orders.models import Batch, ContactRecord, Note, OrderProgress, Shop, Unmasking, WebhookReceipt


@admin.register(OrderProgress)
class OrderProgressAdmin(LawAdmin):
    list_display = ("order_id", "number", "state", "holder", "due_at")
    list_select_related = ("holder",)
    list_filter = ("state",)
    ordering = ("-order_id",)


@admin.register(ContactRecord)
class ContactRecordAdmin(LawAdmin):
    list_display = ("id", "order_id", "by", "at", "channel", "outcome")
    list_select_related = ("by",)
    hidden = ("sealed_note",)
    ordering = ("-id",)


@admin.register(Note)
class NoteAdmin(ReadOnlyAdmin):
    list_display = ("id", "order_id", "by", "at", "callback_at", "done_at")
    list_select_related = ("by",)
    hidden = ("sealed_text",)
    ordering = ("-id",)


@admin.register(Unmasking)
class UnmaskingAdmin(LawAdmin):
    list_display = ("id", "order_id", "by", "at")
    list_select_related = ("by",)
    ordering = ("-id",)


@admin.register(Shop)
class ShopAdmin(ReadOnlyAdmin):
    list_display = ("code", "name", "platform", "active")
    hidden = ("sealed_secret",)


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    list_display = ("id",)
    ordering = ("-id",)


@admin.register(WebhookReceipt)
class WebhookReceiptAdmin(ReadOnlyAdmin):
    list_display = ("id", "shop", "topic", "received_at", "outcome")
    list_select_related = ("shop",)
    hidden = ("sealed_body", "wrapped_key", "body_digest")
    ordering = ("-id",)
