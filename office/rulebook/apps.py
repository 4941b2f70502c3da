from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RulebookConfig(AppConfig):
    name = "office.rulebook"
    label = "rulebook"
    verbose_name = _("Rulebook")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.urls import reverse

        from office.audit import registry as trail
        from office.audit.registry import register_verbs
        from office.rulebook import calendar, selectors
        from office.staff import wiring
        from office.subjects import register_subject

        wiring.register_superiors(selectors.superior_of)
        wiring.register_acting_pairs(selectors.acting_pairs)
        wiring.register_permission(selectors.holds)
        trail.register_permission(selectors.holds)
        calendar.use_days(selectors.day_table)
        register_verbs(
            {
                "rulebook.activate": _("Put a rulebook in force"),
                "rulebook.set_day": _("Changed a day of the calendar"),
            }
        )
        register_subject("rulebook", _("Rulebook"), lambda _id: reverse("rulebook:list"))
        register_subject("day", _("Day"), lambda day: f"{reverse('rulebook:calendar')}?year={day[:4]}")
