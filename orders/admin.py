"""The ledger in the admin site: read only, ciphertext and keys hidden. What is law records every attempt to write."""

from django.contrib import admin

from office.audit.read_only import LawAdmin, ReadOnlyAdmin
from orders import admin_desk  # noqa: F401  (registers)
from orders.models import CustomerKey, Order, OrderEvent, OrderLine


@admin.register(Order)
class OrderAdmin(LawAdmin):
    list_display = ("id", "shop", "number", "received_at", "total", "currency", "source")
    list_select_related = ("shop",)
    search_fields = ("=number",)
    hidden = ("sealed", "terms", "digest")
    ordering = ("-id",)


@admin.register(OrderLine)
class OrderLineAdmin(LawAdmin):
    list_display = ("id", "order", "position", "sku", "title", "quantity", "amount")
    list_select_related = ("order",)
    ordering = ("-id",)


@admin.register(OrderEvent)
class OrderEventAdmin(LawAdmin):
    list_display = ("id", "order", "kind", "source", "recorded_at")
    list_select_related = ("order",)
    hidden = ("sealed", "fingerprint")
    ordering = ("-id",)


@admin.register(CustomerKey)
class CustomerKeyAdmin(ReadOnlyAdmin):
    list_display = ("id", "kek", "created_at", "erased_at", "erased_by_name")
    hidden = ("wrapped", "identity")
    ordering = ("-id",)
