"""Folded migrations stand for the old ones: same models, and nothing to do where the old ones were applied."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

FOLDED = {
    "accounts": "0001_folded_0008",
    "attendance": "0001_folded_0015",
    "backups": "0001_folded_0002",
    "catalog": "0001_folded_0014",
    "cms": "0001_folded_0012",
    "contracts": "0001_folded_0013",
    "notices": "0001_folded_0004",
    "orders": "0001_folded_0013",
}


@pytest.fixture
def applied(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[Any]], MigrationExecutor]:
    """An executor for a database that says it has applied these."""

    def executor(keys: list[Any]) -> MigrationExecutor:
        monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda _self: dict.fromkeys(keys))
        return MigrationExecutor(connection)

    return executor


@pytest.mark.django_db
def test_the_models_are_those_of_the_old_migrations() -> None:
    folded = MigrationLoader(connection)
    unfolded = MigrationLoader(connection, replace_migrations=False)
    old = unfolded.project_state(
        [node for node in unfolded.graph.leaf_nodes() if node not in set(FOLDED.items())], at_end=True
    )
    assert MigrationAutodetector(old, folded.project_state()).changes(folded.graph) == {}


@pytest.mark.django_db
def test_a_database_of_the_old_migrations_has_nothing_to_apply(
    applied: Callable[[list[Any]], MigrationExecutor],
) -> None:
    every = MigrationLoader(connection, replace_migrations=False).disk_migrations
    executor = applied([key for key in every if key not in set(FOLDED.items())])
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []


@pytest.mark.django_db
@pytest.mark.parametrize("app", FOLDED)
def test_a_database_half_way_goes_on_with_the_old_ones(
    app: str, applied: Callable[[list[Any]], MigrationExecutor]
) -> None:
    loader = MigrationLoader(connection, replace_migrations=False)
    replaced = loader.disk_migrations[app, FOLDED[app]].replaces
    done = replaced[:-1]
    executor = applied([key for key in loader.disk_migrations if key[0] != app or key in done])
    plan = [(each.app_label, each.name) for each, _back in executor.migration_plan([replaced[-1]])]
    assert plan == [replaced[-1]]
