from importlib import import_module
from pkgutil import iter_modules

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApprovalsConfig(AppConfig):
    name = "office.approvals"
    label = "approvals"
    verbose_name = _("Approvals")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Each module of office/approvals/registrations has `register()`.
        from office.approvals import registrations

        for module in iter_modules(registrations.__path__):
            import_module(f"office.approvals.registrations.{module.name}").register()
