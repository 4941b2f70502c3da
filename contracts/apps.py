from importlib import import_module
from pkgutil import iter_modules

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContractsConfig(AppConfig):
    name = "contracts"
    label = "contracts"
    verbose_name = _("Contracts")

    def ready(self) -> None:
        # Each module of contracts/registrations has `register()`: audit verbs, kinds, notices, subjects.
        from contracts import registrations

        for module in iter_modules(registrations.__path__):
            import_module(f"contracts.registrations.{module.name}").register()
