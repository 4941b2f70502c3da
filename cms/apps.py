from importlib import import_module
from pkgutil import iter_modules

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CmsConfig(AppConfig):
    name = "cms"
    label = "cms"
    verbose_name = _("Site content")

    def ready(self) -> None:
        # Each module of cms/registrations has `register()`: audit verbs, approval kinds, notices, deadlines, subjects.
        from cms import registrations

        for module in iter_modules(registrations.__path__):
            import_module(f"cms.registrations.{module.name}").register()
