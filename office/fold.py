"""One app's many migrations folded into one that makes the same tables, for databases that have none yet.

Django renders all models anew for every operation that changes a table, which with this many models takes half a
minute of processor time. A folded migration makes all tables of its app at once, as they are in the end, then runs the
law of the old migrations in their order. It `replaces` them: a database that has applied all or some of them goes on
with them.
"""

import importlib
from collections.abc import Mapping, Sequence
from typing import cast

from django.contrib.postgres.operations import CreateExtension
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.special import RunPython, RunSQL
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import Model


class CreateTables(Operation):
    """All tables of an app with their indexes and constraints. `tables` is keyed like `ProjectState.models`."""

    def __init__(self, tables: Mapping[tuple[str, str], ModelState]) -> None:
        self.tables = tables

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        for table in self.tables.values():
            state.models[table.app_label, table.name_lower] = table.clone()
        if "apps" in state.__dict__:
            state.reload_models(list(self.tables))

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for model in self._models(schema_editor, to_state):
            schema_editor.create_model(model)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for model in reversed(self._models(schema_editor, from_state)):
            schema_editor.delete_model(model)

    def _models(self, schema_editor: BaseDatabaseSchemaEditor, state: ProjectState) -> list[type[Model]]:
        models = [cast("type[Model]", state.apps.get_model(*key)) for key in self.tables]
        return [each for each in models if self.allow_migrate_model(schema_editor.connection.alias, each)]

    def describe(self) -> str:
        return f"Create {len(self.tables)} tables"


def fold(app: str, package: str, names: Sequence[str]) -> list[Operation]:
    """The operations that stand for the migrations `names` (in order) of `app`, whose modules are in `package`:
    extensions first, then the tables, then SQL and data as they were."""
    state = ProjectState()
    extensions: list[Operation] = []
    law: list[Operation] = []
    for name in names:
        for operation in importlib.import_module(f"{package}.{name}").Migration.operations:
            operation.state_forwards(app, state)
            if isinstance(operation, CreateExtension):
                extensions.append(operation)
            elif isinstance(operation, RunSQL | RunPython):
                law.append(operation)
    return [*extensions, CreateTables(state.models), *law]
