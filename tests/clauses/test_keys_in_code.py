"""Every rule key that code asks for is in a shipped book, with the kind that the code expects."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from office.rulebook.selectors import shipped_book
from office.rulebook.types import (
    ChainRule,
    DeadlineRule,
    HoursRule,
    LimitRule,
    ParameterRule,
    PermissionRule,
    RuleBase,
    ScheduleRule,
)

ROOT = Path(__file__).resolve().parents[2]
#: function → (which argument is the key, the kind it must have)
ASKING: dict[str, tuple[int, type[RuleBase]]] = {
    "deadline_rule": (0, DeadlineRule),
    "chain_rule": (0, ChainRule),
    "limit_rule": (0, LimitRule),
    "schedule_rule": (0, ScheduleRule),
    "hours_rule": (0, HoursRule),
    "permission_rule": (0, PermissionRule),
    "parameter_rule": (0, ParameterRule),
    "positions_with": (0, PermissionRule),
    "permitted": (0, PermissionRule),
    "may": (1, PermissionRule),
    "holds": (1, PermissionRule),
    "has_rule": (0, RuleBase),
}


def asked() -> Iterator[tuple[str, str, type[RuleBase]]]:
    """(place, key, kind) of every call in the product's code that names a key literally."""
    for package in (
        "office",
        "orders",
        "catalog",
        "cms",
        "attendance",
        "accounts",
        "backups",
        "contracts",
        "ecdept",
    ):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                name = getattr(node.func, "attr", "") or getattr(node.func, "id", "")
                if name not in ASKING:
                    continue
                index, kind = ASKING[name]
                if len(node.args) > index and isinstance(node.args[index], ast.Constant):
                    key = node.args[index].value  # type: ignore[attr-defined]
                    if isinstance(key, str) and "." in key:
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", key, kind


def test_every_key_in_code_is_a_rule_of_that_kind() -> None:
    books = [shipped_book("site"), shipped_book("mall")]
    found = list(asked())
    assert len(found) > 10
    wrong = [
        f"{place}: {key}"
        for place, key, kind in found
        if not any(isinstance(book.rules.get(key), kind) for book in books)
    ]
    assert wrong == []
