from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.models.signals import post_migrate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class RulebookConfig(AppConfig):
    name = "office.rulebook"
    label = "rulebook"
    verbose_name = _("Rulebook")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.urls import reverse

        from office.audit import registry as trail
        from office.audit.registry import register_incidents, register_verbs
        from office.rulebook import calendar, selectors
        from office.staff import wiring
        from office.subjects import register_subject

        post_migrate.connect(_install_first_book, sender=self, dispatch_uid="rulebook.first_book")
        wiring.register_superiors(selectors.superior_of)
        wiring.register_acting_pairs(selectors.acting_pairs)
        wiring.register_permission(selectors.holds)
        wiring.register_positions_with(selectors.positions_holding)
        trail.register_permission(selectors.holds)
        calendar.use_days(selectors.day_table)
        register_incidents(
            {"unsigned_book": _("A rulebook put in force at the terminal without a signature, or tried to")}
        )
        register_verbs(
            {
                "rulebook.activate": _("Put a rulebook in force"),
                "rulebook.set_day": _("Changed a day of the calendar"),
            }
        )
        register_subject("rulebook", _("Rulebook"), lambda _id: reverse("rulebook:list"))
        register_subject("day", _("Day"), lambda day: f"{reverse('rulebook:calendar')}?year={day[:4]}")


def _install_first_book(using: str, **_arguments: Any) -> None:
    """After the migrations of an empty database; not on the way to an older state of the tables."""
    from office.rulebook.services import install_first_book

    loader = MigrationLoader(connections[using])
    ours = {node for node in loader.graph.leaf_nodes() if node[0] in ("audit", "rulebook")}
    if ours <= set(loader.applied_migrations):
        install_first_book(now=timezone.now())
