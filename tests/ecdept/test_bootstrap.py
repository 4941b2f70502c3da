"""What `./dev` does where there is nothing but Python: the environment, the way to a pip, the locked packages."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ecdept.embedded import bootstrap


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "requirements.txt").write_text("runtime\n")
    (tmp_path / "requirements-dev.txt").write_text("dev\n")
    return tmp_path


def run(root: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["bootstrap.py", str(root), kind])
    return bootstrap.main()


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would have installed something; each succeeds."""
    said: list[list[str]] = []

    def done(command: list[str], **_more: Any) -> Any:
        said.append(command)
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(bootstrap, "make_venv", lambda _root: None)
    monkeypatch.setattr(bootstrap, "pip_command", lambda _root: ["pip"])
    monkeypatch.setattr(bootstrap, "_quiet", lambda _command: True)
    monkeypatch.setattr(subprocess, "run", done)
    return said


def test_the_locked_packages_are_installed_by_hash_and_once(
    root: Path, installed: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / ".venv").mkdir()
    assert run(root, "runtime", monkeypatch) == 0
    [command] = installed
    assert {"--require-hashes", "--no-deps", "--only-binary"} <= set(command)
    assert command[-1] == str(root / "requirements.txt")
    assert run(root, "runtime", monkeypatch) == 0
    assert len(installed) == 1
    (root / "requirements.txt").write_text("newer\n")
    assert run(root, "runtime", monkeypatch) == 0
    assert len(installed) == 2


def test_the_development_packages_hold_the_others(
    root: Path, installed: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / ".venv").mkdir()
    assert run(root, "dev", monkeypatch) == 0
    assert bootstrap.installed(root, "runtime")
    assert run(root, "runtime", monkeypatch) == 0
    assert len(installed) == 1


def test_what_pip_could_not_install_is_said_and_tried_again(
    root: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (root / ".venv").mkdir()
    monkeypatch.setattr(bootstrap, "make_venv", lambda _root: None)
    monkeypatch.setattr(bootstrap, "pip_command", lambda _root: ["false"])
    assert run(root, "runtime", monkeypatch) == 1
    assert "dev: requirements.txt could not be installed; pip's message is above.\n" in capfd.readouterr().err
    assert not bootstrap.installed(root, "runtime")


def test_an_environment_is_made_and_one_that_is_broken_made_anew(root: Path) -> None:
    bootstrap.make_venv(root)
    python = root / ".venv" / "bin" / "python"
    assert bootstrap.works(python)
    (root / ".venv" / "mark").write_text("kept")
    bootstrap.make_venv(root)
    assert (root / ".venv" / "mark").exists()
    python.unlink()
    bootstrap.make_venv(root)
    assert bootstrap.works(python)
    assert not (root / ".venv" / "mark").exists()


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ("-m pip --version", "{python} -m pip"),
        ("-m ensurepip", "{python} -m pip"),
        ("--python", "{system} -m pip --python {python}"),
    ],
)
def test_any_pip_at_hand_is_used(
    root: Path, there: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "_quiet", lambda command: there in " ".join(command))
    python = str(root / ".venv" / "bin" / "python")
    assert " ".join(bootstrap.pip_command(root)) == expected.format(python=python, system=sys.executable)


def fetched(monkeypatch: pytest.MonkeyPatch, content: bytes | None) -> None:
    """No pip anywhere, and this from the network."""

    def answer(_url: str, timeout: float) -> Any:
        if content is None:
            raise urllib.error.URLError("no network")
        return io.BytesIO(content)

    monkeypatch.setattr(bootstrap, "_quiet", lambda _command: False)
    monkeypatch.setattr(urllib.request, "urlopen", answer)


def test_without_any_pip_one_is_fetched_and_must_be_the_expected_one(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / ".venv").mkdir()
    fetched(monkeypatch, b"something else")
    with pytest.raises(bootstrap.SetupFailed, match="not the expected one"):
        bootstrap.pip_command(root)
    assert list((root / ".venv").iterdir()) == []
    fetched(monkeypatch, None)
    with pytest.raises(bootstrap.SetupFailed, match="install python3-venv"):
        bootstrap.pip_command(root)
    fetched(monkeypatch, b"a wheel")
    monkeypatch.setattr(bootstrap, "PIP_SHA256", hashlib.sha256(b"a wheel").hexdigest())
    command = bootstrap.pip_command(root)
    assert Path(command[1]).parent.read_bytes() == b"a wheel"


def test_only_the_standard_library_is_needed() -> None:
    """It runs before anything is installed."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", bootstrap.__file__, "/nowhere/at/all", "runtime"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("dev: ")
    assert done.stderr.count("\n") == 1
