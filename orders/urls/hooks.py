"""Doors for shops' webhooks, mounted at /hooks/. No trailing slash: a platform does not follow redirects."""

from django.urls import URLPattern, path

from orders.views import hooks

urlpatterns: list[URLPattern] = [
    path("shopify", hooks.shopify_hook, name="shopify_hook"),
    path("woocommerce/<str:code>", hooks.woocommerce_hook, name="woocommerce_hook"),
]
