"""URLs of the catalog desk, by subject: each module's `urlpatterns` are joined here."""

from importlib import import_module
from pkgutil import iter_modules

from django.urls import URLPattern, URLResolver

app_name = "catalog"
urlpatterns: list[URLPattern | URLResolver] = []
for _module in iter_modules(__path__):
    urlpatterns += import_module(f"catalog.urls.{_module.name}").urlpatterns
