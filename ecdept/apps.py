"""The wiring of what lower engines may not import."""

from __future__ import annotations

from datetime import datetime

from django.apps import AppConfig


class EcdeptConfig(AppConfig):
    name = "ecdept"
    label = "ecdept"
    verbose_name = "ecdept"

    def ready(self) -> None:
        from office.rulebook import api as rulebook
        from office.staff import api as staff
        from office.staff.models import Employee

        def superior(position: str, at: datetime) -> str | None:
            return rulebook.book(at).superiors.get(position)

        def acting_pairs(at: datetime) -> frozenset[tuple[str, str]]:
            table = rulebook.parameter_rule("staff.acting", at=at).table()
            return frozenset((own, str(post)) for own, posts in table.items() for post in _texts(posts))

        def may(employee: Employee, key: str, at: datetime) -> bool:
            return rulebook.may(employee, key, at)

        staff.register_superiors(superior)
        staff.register_acting_pairs(acting_pairs)
        staff.register_permission(may)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, (tuple, list)) else (str(value),)
