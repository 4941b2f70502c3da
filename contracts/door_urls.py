"""The supplier's door: no account, a link and a code. Joined at /supplier/ by ecdept.urls."""

from importlib import import_module
from pkgutil import iter_modules

from django.urls import URLPattern

from contracts.views import door

app_name = "door"
urlpatterns: list[URLPattern] = []
for _module in iter_modules(door.__path__):
    urlpatterns += getattr(import_module(f"contracts.views.door.{_module.name}"), "urlpatterns", [])
