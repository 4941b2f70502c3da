"""Migrations that draw one model at a time give the same SQL, and leave to Django what needs the relations."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
from django.db import connection, migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState

from ecdept.migrating import Executor, one_model_at_a_time

KEY: tuple[str, models.Field[Any, Any]] = ("id", models.BigAutoField(primary_key=True))


def sql_of(app: str, *, quick: bool) -> list[str]:
    """What the old migrations of the app say to the database, those they rest on taken as done."""
    loader = MigrationLoader(connection, replace_migrations=False)
    (last,) = loader.graph.leaf_nodes(app)  # an app that has no folded migration
    state, said = ProjectState(), []
    for node in loader.graph.forwards_plan(last):
        migration = loader.graph.nodes[node]
        if node[0] != app:
            state.__dict__.pop("apps", None)
            state = migration.mutate_state(state, preserve=False)
            continue
        assert state.apps.ready
        with (
            one_model_at_a_time() if quick else nullcontext(),
            connection.schema_editor(collect_sql=True, atomic=False) as editor,
        ):
            state = migration.apply(state, editor, collect_sql=True)
        said += editor.collected_sql
    return said


@pytest.mark.django_db
@pytest.mark.parametrize("app", ["deadlines", "approvals"])
def test_the_sql_is_the_same(app: str) -> None:
    said = sql_of(app, quick=True)
    assert len(said) > 30
    assert said == sql_of(app, quick=False)


def toys() -> ProjectState:
    """A shelf, and a cup that stands on it by the shelf's code."""
    shelf: list[tuple[str, models.Field[Any, Any]]] = [
        KEY,
        ("code", models.CharField(max_length=9, unique=True)),
        ("name", models.CharField(max_length=9)),
    ]
    on = models.ForeignKey("toys.Shelf", models.PROTECT, to_field="code")
    state = ProjectState()
    state.add_model(ModelState("toys", "Shelf", shelf))
    state.add_model(ModelState("toys", "Cup", [KEY, ("shelf", on)]))
    return state


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("operation", "drawn"),
    [
        (migrations.AddIndex("shelf", models.Index(fields=["name"], name="toys_name")), {"shelf"}),
        (migrations.AlterField("shelf", "name", models.CharField(max_length=99)), {"shelf"}),
        (
            migrations.AlterField("shelf", "code", models.CharField(max_length=99, unique=True)),
            {"shelf", "cup"},
        ),
        (migrations.AlterUniqueTogether("shelf", {("code", "name")}), {"shelf"}),
        (migrations.RemoveField("shelf", "name"), {"shelf"}),
        (migrations.RemoveField("cup", "shelf"), {"shelf", "cup"}),
        (migrations.RenameField("shelf", "name", "title"), {"shelf", "cup"}),
    ],
    ids=[
        "an index",
        "a field of its own",
        "a field that others point to",
        "two together",
        "one field less",
        "one relation less",
        "what may concern others",
    ],
)
def test_others_are_drawn_where_they_are_concerned(
    operation: Operation, drawn: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    state = toys()
    before = {name: state.apps.get_model("toys", name) for name in ("shelf", "cup")}
    state.is_delayed = True
    migration = type("Toys", (migrations.Migration,), {"operations": [operation]})("0001_toys", "toys")
    executor = Executor(connection)
    monkeypatch.setattr(executor, "record_migration", lambda _migration: None)
    monkeypatch.setattr(connection, "schema_editor", _only_said)
    after = executor.apply_migration(state, migration)
    assert {
        name for name, model in before.items() if after.apps.get_model("toys", name) is not model
    } == drawn


def _only_said(atomic: bool) -> BaseDatabaseSchemaEditor:
    """Keeps the SQL to itself."""
    return connection.SchemaEditorClass(connection, collect_sql=True, atomic=False)
