"""The door itself: plain POSIX sh, and one clear sentence for each mistake."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.ecdept.homes import ROOT


def run(*command: str, **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        env=os.environ | env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("shell", [name for name in ("sh", "dash", "bash") if shutil.which(name)])
def test_it_parses_in_every_shell(shell: str) -> None:
    assert run(shell, "-n", str(ROOT / "dev")).returncode == 0
    assert run("bash", "-n", str(ROOT / ".ci" / "run")).returncode == 0
    assert run(shell, "-n", str(ROOT / "deploy" / "make-database.sh")).returncode == 0


def test_an_unknown_command_is_refused() -> None:
    done = run(str(ROOT / "dev"), "fly")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "dev: there is no command 'fly'; ./dev help lists them.\n"


def test_help_names_every_command() -> None:
    done = run(str(ROOT / "dev"), "help")
    assert done.returncode == 0
    for name in ("up", "test", "coverage", "check", "bench", "manage", "lock"):
        assert f"./dev {name}" in done.stdout


def test_a_machine_without_a_new_enough_python_is_told_so(tmp_path: Path) -> None:
    shutil.copy(ROOT / "dev", tmp_path / "dev")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("dirname", "cmp", "sh"):
        found = shutil.which(name)
        assert found
        (programs / name).symlink_to(found)
    old = programs / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = run(str(tmp_path / "dev"), "up", PATH=str(programs), PYTHON="")
    assert done.returncode == 1
    assert done.stderr == "dev: Python 3.11 or newer was not found; install it, or name it in PYTHON.\n"
    assert not (tmp_path / ".venv").exists()


def test_compiled_modules_are_kept_whatever_the_shell_says(tmp_path: Path) -> None:
    shutil.copy(ROOT / "dev", tmp_path / "dev")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / "requirements.txt").write_text("")
    (tmp_path / ".venv" / "installed-runtime.txt").write_text("")
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\n[ "$1" = -c ] || echo "${PYTHONDONTWRITEBYTECODE-kept}"\n')
    python.chmod(0o755)
    assert run(str(tmp_path / "dev"), "up", PYTHONDONTWRITEBYTECODE="1").stdout == "kept\n"


def test_a_wrong_port_or_book_is_refused() -> None:
    for port in ("70000", "0", "80abc", "-1", "٣"):
        assert "a port is between" in run(str(ROOT / "dev"), "up", f"--port={port}").stderr
    done = run(str(ROOT / "dev"), "up", "--book", "none")
    assert done.returncode == 2
    assert "invalid choice" in done.stderr
