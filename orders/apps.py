from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

#: Each module of orders/registrations has `register()`: audit verbs, notice and deadline kinds, subjects, verifiers.
REGISTRATIONS = ("desk", "figures")


class OrdersConfig(AppConfig):
    name = "orders"
    label = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        for name in REGISTRATIONS:
            import_module(f"orders.registrations.{name}").register()
