from importlib import import_module
from pkgutil import iter_modules

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    name = "catalog"
    label = "catalog"
    verbose_name = _("Catalog")

    def ready(self) -> None:
        # Each module of catalog/registrations has `register()`: audit verbs, kinds, notices, subjects.
        from catalog import registrations

        for module in iter_modules(registrations.__path__):
            import_module(f"catalog.registrations.{module.name}").register()
