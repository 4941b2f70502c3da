"""URLs of the contracts desk, by subject: each module's `urlpatterns` are joined here."""

from importlib import import_module
from pkgutil import iter_modules

from django.urls import URLPattern, URLResolver

app_name = "contracts"
urlpatterns: list[URLPattern | URLResolver] = []
for _module in iter_modules(__path__):
    urlpatterns += import_module(f"contracts.urls.{_module.name}").urlpatterns
