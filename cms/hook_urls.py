"""Doors for websites, mounted at /hooks/. No trailing slash: a machine does not follow redirects."""

from django.urls import URLPattern, path

from cms.views import hooks

urlpatterns: list[URLPattern] = [path("messages/<slug:code>", hooks.message_hook, name="message_hook")]
