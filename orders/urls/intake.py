"""Imports and hand-typed orders."""

from django.urls import URLPattern, path

from orders.views import intake

urlpatterns: list[URLPattern] = [
    path("imports/", intake.imports, name="imports"),
    path("imports/export/", intake.export, name="imports_export"),
    path("imports/<int:pk>/export/", intake.export_orders_of, name="batch_export"),
    path("imports/<int:pk>/", intake.batch, name="batch"),
    path("imports/<int:pk>/state/", intake.batch_state, name="batch_state"),
    path("imports/<int:pk>/columns/", intake.map_columns, name="batch_columns"),
    path("imports/<int:pk>/forget-columns/", intake.forget_mapping, name="batch_forget_columns"),
    path("imports/<int:pk>/retry/", intake.retry, name="batch_retry"),
    path("imports/<int:pk>/orders/<slug:kind>/", intake.batch_orders, name="batch_orders"),
    path("imports/<int:pk>/rejected/<slug:part>/", intake.rejected, name="batch_rejected"),
    path("orders/new/", intake.new_order, name="new"),
]
