"""What serves gets no login that owns the tables."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from ecdept.embedded import up
from ecdept.embedded.home import Home


def test_web_worker_and_beat_get_no_owner_of_the_tables(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given: list[dict[str, str]] = []

    def start(*_arguments: object, env: dict[str, str], log_stdout: bool, **_more: Any) -> None:
        assert not log_stdout  # their logs are JSON, and Celery says good-bye on stdout
        given.append(env)

    monkeypatch.setattr(up, "start", start)
    env = {"DATABASE_URL": "app", "DATABASE_OWNER_URL": "owner", "DATABASE_ADMIN_URL": "admin"}
    for name in ("web", "worker", "beat"):
        up.start_program(Home(tmp_path), name, [name], env)
    assert given == [{"DATABASE_URL": "app", "ECDEPT_PROCESS": name} for name in ("web", "worker", "beat")]


def test_only_the_keeper_of_backups_gets_it_and_stops_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given: list[tuple[dict[str, str], signal.Signals]] = []

    def start(*_arguments: object, env: dict[str, str], stop_signal: signal.Signals, **_more: Any) -> None:
        given.append((env, stop_signal))

    monkeypatch.setattr(up, "start", start)
    up.start_keeper(
        Home(tmp_path), {"DATABASE_URL": "app", "DATABASE_OWNER_URL": "owner", "DATABASE_ADMIN_URL": "a"}
    )
    env = {"DATABASE_URL": "app", "DATABASE_OWNER_URL": "owner", "ECDEPT_PROCESS": "keeper"}
    assert given == [(env, signal.SIGKILL)]
