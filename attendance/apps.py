from importlib import import_module
from pkgutil import iter_modules

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttendanceConfig(AppConfig):
    name = "attendance"
    label = "attendance"
    verbose_name = _("Attendance")

    def ready(self) -> None:
        # Each module of attendance/registrations has `register()`: audit verbs, kinds, notices, subjects.
        from attendance import registrations

        for module in iter_modules(registrations.__path__):
            import_module(f"attendance.registrations.{module.name}").register()
