from importlib import import_module
from pkgutil import iter_modules

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    label = "accounts"
    verbose_name = _("Accounts and access")

    def ready(self) -> None:
        # Each module of accounts/registrations has `register()`: audit verbs, kinds, notices, subjects.
        from accounts import registrations

        for module in iter_modules(registrations.__path__):
            import_module(f"accounts.registrations.{module.name}").register()
