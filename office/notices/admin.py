"""Inbox rows, channels and the outbox in the admin site: to look at. A channel's configuration is sealed and hidden."""

from django.contrib import admin

from office.audit.read_only import ReadOnlyAdmin
from office.notices.models import Channel, Notice, OutboxMessage


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ("id", "recipient", "kind", "label", "urgent", "created_at", "read_at")
    list_select_related = ("recipient",)
    ordering = ("-id",)


@admin.register(Channel)
class ChannelAdmin(ReadOnlyAdmin):
    hidden = ("sealed_config",)
    list_display = ("id", "kind", "name", "enabled")


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    list_display = ("id", "channel", "state", "attempts", "created_at")
    list_select_related = ("channel",)
    ordering = ("-id",)
