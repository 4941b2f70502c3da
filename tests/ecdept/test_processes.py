"""Processes that `dev` starts and watches."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ecdept.embedded.home import Home
from ecdept.embedded.processes import Child, start


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path / "home")
    for folder in (found.log, found.run):
        folder.mkdir(parents=True, exist_ok=True)
    return found


def ended(home: Home, *said: str) -> Child:
    child = start(home, "thing", [sys.executable, "-c", f"for line in {said!r}: print(line)"], env={})
    child.popen.wait(30)
    return child


def test_the_last_words_of_a_process_are_its_own(home: Home) -> None:
    first = ended(home, "FATAL:  the database system is starting up", "LOG:  bye")
    assert first.last_words() == "the database system is starting up"
    second = ended(home, "postgres: could not find the database system", "Expected to find it in a folder")
    assert second.last_words() == "could not find the database system"
    assert ended(home, "plain").last_words() == "plain"
    assert ended(home).last_words() == ""
