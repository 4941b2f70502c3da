from importlib import import_module
from pkgutil import iter_modules

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "orders"
    label = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        # Each module of orders/registrations has `register()`: audit verbs, notice and deadline kinds, subjects,
        # verifiers, the rotation of keys.
        from orders import registrations

        for module in iter_modules(registrations.__path__):
            import_module(f"orders.registrations.{module.name}").register()
