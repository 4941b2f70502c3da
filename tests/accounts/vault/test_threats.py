"""The threat table is no promise without a test: every row names one that exists, the same in both languages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
ROW = re.compile(r"^\|(?P<has>[^|]+)\|.*\| *(?P<test>[\w/.]+::\w+) *\|$")


def rows(name: str) -> list[str]:
    lines = [
        line
        for line in (ROOT / "docs" / name).read_text(encoding="utf-8").splitlines()
        if line.startswith("|") and not line.startswith(("| who", "|--", "| 拿到"))
    ]
    found = [ROW.match(line) for line in lines]
    assert [line for line, match in zip(lines, found, strict=True) if match is None] == []
    return [match["test"] for match in found if match]


@pytest.mark.clause("C8.2")
def test_every_row_names_a_test() -> None:
    wanted = rows("threats.md")
    assert wanted == rows("threats.zh.md")
    assert len(wanted) >= 14
    missing = []
    for test in wanted:
        path, _colons, name = test.partition("::")
        source = ROOT / "tests" / path
        known = {
            node.name
            for node in ast.walk(ast.parse(source.read_text(encoding="utf-8") if source.exists() else ""))
            if isinstance(node, ast.FunctionDef)
        }
        if name not in known:
            missing.append(test)
    assert missing == []
