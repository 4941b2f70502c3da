"""Doors for time clocks, mounted at /hooks/. No trailing slash: a machine does not follow redirects."""

from django.urls import URLPattern, path

from attendance.views import hooks

urlpatterns: list[URLPattern] = [path("punches/<slug:code>", hooks.punch_hook, name="punch_hook")]
