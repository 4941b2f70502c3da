"""Migrations that draw one model where Django draws all that hang together.

After every operation Django renders the model anew together with whatever has a relation to it, and here everything has
one to the employee: eleven thousand models for three hundred tables, nearly all of the time of the first start. The SQL
of an operation needs the model itself; of the models around it only table and key, which such operations leave alone.
So these states are marked as delayed, which Django knows: whatever looks at relations draws everything first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.apps import apps
from django.contrib.postgres.operations import CreateExtension
from django.db.migrations import operations
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.migrations.utils import field_is_referenced

from office.fold import CreateTables

#: Operations whose SQL is about one table, and those that draw everything themselves (RunPython) or nothing.
ALONE = (
    operations.CreateModel,
    operations.AddField,
    operations.AddIndex,
    operations.RemoveIndex,
    operations.AddConstraint,
    operations.RemoveConstraint,
    operations.AlterUniqueTogether,
    operations.AlterModelOptions,
    operations.RunSQL,
    operations.RunPython,
    CreateExtension,
    CreateTables,
)


class Executor(MigrationExecutor):
    """Django's, in whose states only what changes is drawn wherever that is enough."""

    def apply_migration(
        self, state: ProjectState, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> ProjectState:
        if all(_alone(each, migration.app_label, state) for each in migration.operations):
            with one_model_at_a_time():
                return super().apply_migration(state, migration, fake, fake_initial)
        if state.is_delayed:
            state.clear_delayed_apps_cache()
            state.is_delayed = False
        with swaps_remembered():
            return super().apply_migration(state, migration, fake, fake_initial)


def _alone(operation: Operation, app: str, state: ProjectState) -> bool:
    """Whether the operation needs no other model than its own."""
    if not isinstance(operation, operations.AlterField | operations.RemoveField):
        return isinstance(operation, ALONE)
    model = state.models.get((app, operation.model_name_lower))
    before = model.fields.get(operation.name) if model else None
    after = operation.field if isinstance(operation, operations.AlterField) else before
    if before is None or after is None or before.is_relation or after.is_relation:
        return False
    return not any(
        field_is_referenced(state, (app, operation.model_name_lower), (operation.name, each))
        for each in (before, after)
    )


@contextmanager
def one_model_at_a_time() -> Iterator[None]:
    """States draw the model that changed, and what inherits from it."""
    with mock.patch.object(ProjectState, "_find_reload_model", _itself), swaps_remembered():
        yield


@contextmanager
def swaps_remembered() -> Iterator[None]:
    """Which settings name a model is asked for every key of every drawn model, and does not change meanwhile."""
    known: dict[Any, str | None] = {}
    ask = apps.get_swappable_settings_name

    def remembered(to: Any) -> str | None:
        if to not in known:
            known[to] = ask(to)
        return known[to]

    with mock.patch.object(apps, "get_swappable_settings_name", remembered):
        yield


def _itself(
    state: ProjectState, app_label: str, model_name: str, delay: bool = False
) -> set[tuple[str, str]]:
    state.is_delayed = True
    name = f"{app_label}.{model_name}"
    heirs = {
        key
        for key, each in state.models.items()
        if any(isinstance(base, str) and base.lower() == name for base in each.bases)
    }
    return {(app_label, model_name), *heirs}
