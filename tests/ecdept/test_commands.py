"""What `./dev test`, `check` and `bench` run, and how they end. The runs themselves are not repeated here."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ecdept.embedded import commands
from ecdept.embedded.home import CannotRun
from tests.browser.conftest import without_chromium
from tests.ecdept.homes import ROOT

CHECKS = ["ruff", "ruff format", "import-linter", "migrations", "deploy", "templates", "translations", "mypy"]


class Ran:
    """The commands that were run, and the code that each ends with."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.env: dict[str, str] = {}
        self.fails = ""

    def __call__(self, command: list[str], env: dict[str, str], **_more: object) -> int:
        self.said.append(" ".join(str(part) for part in command))
        self.env = dict(env)
        return 3 if self.fails and self.fails in self.said[-1] else 0


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Ran:
    found = Ran()

    @contextlib.contextmanager
    def scratch(kind: str, *, durable: bool) -> Iterator[dict[str, str]]:
        yield {"KIND": kind, "DURABLE": str(durable)}

    monkeypatch.setattr(commands, "run", found)
    monkeypatch.setattr(commands, "scratch", scratch)
    monkeypatch.setattr(commands, "migrate", lambda _env: None)
    return found


def test_the_tests_run_on_servers_of_their_own_and_end_with_pytests_code(ran: Ran) -> None:
    ran.fails = "-m pytest"
    assert commands.test(["tests/orders", "-x"]) == 3
    [said] = ran.said
    assert "-m pytest" in said
    assert said.endswith(" tests/orders -x")
    assert " -n " in said
    assert (ran.env["KIND"], ran.env["ECDEPT_PROCESS"]) == ("test", "test")
    commands.test(["-n0"])
    assert "worksteal" not in ran.said[-1]


def test_every_check_runs_and_one_that_fails_is_named(ran: Ran, capfd: pytest.CaptureFixture[str]) -> None:
    assert commands.check([]) == 0
    all_said = " | ".join(ran.said)
    for word in (
        "ruff check .", "ruff format --check .", "lint-imports", "makemigrations --check", "check --deploy",
        "djlint templates --lint", "test_translations.py", "mypy --strict .",
    ):  # fmt: skip
        assert word in all_said, word
    assert len(ran.said) == len(CHECKS)
    ran.said.clear()
    ran.fails = "lint-imports"
    assert commands.check([]) == 1
    assert len(ran.said) == len(CHECKS), "the others run all the same"
    assert "1 of 8 checks failed: import-linter." in capfd.readouterr().err
    assert commands.check(["ruff", "mypy"]) == 0
    with pytest.raises(CannotRun, match=", ".join(CHECKS)):
        commands.check(["spelling"])


@pytest.mark.parametrize("row", range(1, 7))
def test_each_row_of_the_speed_table_has_its_script(row: int, ran: Ran) -> None:
    assert commands.bench([str(row)]) == 0
    [said] = ran.said
    assert Path(said.split()[-1]).name.startswith(f"row{row}_")
    assert ran.env["DURABLE"] == "True"


def test_all_rows_run_in_order_and_a_row_that_there_is_not_is_refused(ran: Ran) -> None:
    ran.fails = "row3"
    assert commands.bench([]) == 3
    names = [Path(said.split()[-1]).name for said in ran.said]
    assert [name.split("_")[0] for name in names[:6]] == [f"row{n}" for n in range(1, 7)]
    commands.bench(["soak", "--minutes", "1"])
    assert ran.said[-1].endswith("soak.py --minutes 1")
    with pytest.raises(CannotRun, match="no script for 99"):
        commands.bench(["99"])


def ci(folder: Path, dev: str, **env: str) -> subprocess.CompletedProcess[str]:
    """`.ci/run` of a clone whose `./dev` is this."""
    (folder / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", folder / ".ci" / "run")
    (folder / "dev").write_text(f"#!/bin/sh\n{dev}\n")
    (folder / "dev").chmod(0o755)
    return subprocess.run(
        [str(folder / ".ci" / "run"), "-q"], env=os.environ | env, capture_output=True, text=True, check=False
    )


def test_ci_runs_what_the_readme_names_and_may_not_skip_the_browser(tmp_path: Path) -> None:
    done = ci(tmp_path, 'echo "$* $CI $ECDEPT_BROWSER"', CHROMIUM="/bin/true")
    assert (done.returncode, done.stdout) == (0, "check true required\ntest -q true required\n")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "./dev check" in readme
    assert "./dev test" in readme


def test_ci_ends_at_a_check_that_fails(tmp_path: Path) -> None:
    done = ci(tmp_path, 'echo "$1"; [ "$1" != check ]', CHROMIUM="/bin/true")
    assert (done.returncode, done.stdout) == (1, "check\n")


def test_ci_without_a_chromium_does_not_go_on(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "env", "dirname", "id", "python3"):
        (programs / name).symlink_to(shutil.which(name) or "/missing")
    folder = tmp_path / "clone"
    folder.mkdir()
    done = ci(folder, "echo ran", PATH=str(programs), CHROMIUM="")
    assert (done.returncode, done.stdout) == (1, "")
    assert "the browser tests may not be skipped" in done.stderr


@pytest.mark.parametrize("there", [True, False])
def test_ci_asks_for_the_browser_without_a_window_and_makes_do_with_a_whole_one(
    there: bool, tmp_path: Path
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "env", "dirname"):
        (programs / name).symlink_to(shutil.which(name) or "/missing")
    (programs / "python3").symlink_to(sys.executable)
    asked = tmp_path / "asked"
    for name, does in {
        "id": "echo 0",
        "chromium": "",
        "apt-get": f'echo "$*" >> {asked}; {"exit 0" if there else "exit 100"}',
    }.items():
        (programs / name).write_text(f"#!/bin/sh\n{does}\n")
        (programs / name).chmod(0o755)
    folder = tmp_path / "clone"
    folder.mkdir()
    done = ci(folder, 'echo "$1"', PATH=str(programs), CHROMIUM="")
    assert (done.returncode, done.stdout) == (0, "check\ntest\n")
    said = asked.read_text()
    assert ("install" in said) is there
    assert ("there is no chromium-headless-shell here" in done.stderr) is not there
    if there:
        assert said.splitlines()[-1].split()[-1] == "chromium-headless-shell"


@pytest.mark.parametrize(
    ("demand", "outcome"), [("required", pytest.fail.Exception), ("", pytest.skip.Exception)]
)
def test_browser_tests_without_a_chromium_are_skipped_unless_they_are_required(
    demand: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECDEPT_BROWSER", demand)
    with pytest.raises(outcome, match="no Chromium"):
        without_chromium()
