from importlib import import_module
from pkgutil import iter_modules

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BackupsConfig(AppConfig):
    name = "backups"
    label = "backups"
    verbose_name = _("Backups")

    def ready(self) -> None:
        # Each module of backups/registrations has `register()`: audit verbs, kinds, notices, subjects.
        from backups import registrations

        for module in iter_modules(registrations.__path__):
            import_module(f"backups.registrations.{module.name}").register()
