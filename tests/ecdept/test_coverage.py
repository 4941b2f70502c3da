"""`./dev coverage` judges the packages whose tests were named, or all but the excused ones."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

from ecdept.embedded import commands
from tests.ecdept.homes import ROOT

CONFIG = ROOT / "tests" / "coverage.toml"


def test_folders_of_tests_name_what_is_judged() -> None:
    judged = commands._judged(["tests/orders/desk", "tests/staff/test_appoint.py::test_x", "-q"], CONFIG)
    assert judged == ["orders/**", "office/staff/**"]


def test_without_names_all_is_judged_but_what_is_excused(tmp_path: Path) -> None:
    config = tmp_path / "coverage.toml"
    config.write_text('[tool.ecdept]\nnot_yet = ["office/staff"]\n')
    judged = commands._judged(["-q"], config)
    assert {"orders/**", "ecdept/**", "office/audit/**"} <= set(judged)
    assert "office/staff/**" not in judged
    assert "office/**" not in judged


def test_only_what_exists_is_excused() -> None:
    excused = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["tool"]["ecdept"]["not_yet"]
    assert [name for name in excused if not (ROOT / name).is_dir()] == []


def test_a_branch_that_is_not_taken_is_told(tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "rules.py").write_text("def f(x):\n    if x:\n        x += 1\n    return x\n")
    (tmp_path / "desk" / "views.py").write_text("def g():\n    return 1\n")
    (tmp_path / "run.py").write_text("from desk import rules, views\nrules.f(1)\n")
    measured = [sys.executable, "-m", "coverage", "run", f"--rcfile={CONFIG}", "run.py"]
    subprocess.run(measured, cwd=tmp_path, check=True)
    told = subprocess.run(
        [sys.executable, "-m", "coverage", "report", f"--rcfile={CONFIG}", "--fail-under=100"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 2
    assert "desk/rules.py" in told.stdout
    assert "2->4" in told.stdout
    assert "views.py" not in told.stdout
