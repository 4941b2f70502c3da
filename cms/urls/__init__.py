"""URLs of the site-content desk, by subject: each module's `urlpatterns` are joined here."""

from importlib import import_module
from pkgutil import iter_modules

from django.urls import URLPattern, URLResolver

app_name = "cms"
urlpatterns: list[URLPattern | URLResolver] = []
for _module in iter_modules(__path__):
    urlpatterns += import_module(f"cms.urls.{_module.name}").urlpatterns
