"""What a reviewer would repeat: short files, views without writes, verbs with `by` and `now`, no engine leaking."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
SOURCES = (
    "ecdept",
    "office",
    "orders",
    "catalog",
    "cms",
    "attendance",
    "accounts",
    "backups",
    "contracts",
    "tests",
    "bench",
)
CODE = ("ecdept", "office", "orders", "catalog", "cms", "attendance", "accounts", "backups", "contracts")
LONGEST = 500

WRITES = {
    "save", "create", "bulk_create", "update", "bulk_update", "delete", "get_or_create", "update_or_create", "execute",
}  # fmt: skip
#: Receivers whose method of that name writes no model: dicts, digests, forms, caches of the session.
HARMLESS = {
    "context",
    "params",
    "query",
    "data",
    "headers",
    "digest",
    "given",
    "defaults",
    "wanted",
    "values",
    "attrs",
}


def files(*packages: str) -> list[Path]:
    return [
        path
        for package in packages
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def named(paths: list[Path]) -> list[object]:
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in paths]


def test_no_file_is_longer_than_500_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in files(*SOURCES)
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert long == {}


def is_view(path: Path) -> bool:
    return "views" in path.stem or "views" in path.parts


@pytest.mark.parametrize("path", named([path for path in files(*CODE) if is_view(path)]))
def test_a_view_writes_nothing(path: Path) -> None:
    wrong = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            receiver = node.func.value
            word = receiver.id if isinstance(receiver, ast.Name) else getattr(receiver, "attr", "")
            if word in HARMLESS or (
                node.func.attr == "save" and word.endswith(("workbook", "book", "image"))
            ):
                continue
            if word in {"objects"} or node.func.attr in {
                "save",
                "bulk_create",
                "bulk_update",
                "get_or_create",
            }:
                wrong.append(f"line {node.lineno}: .{node.func.attr}()")
        if isinstance(node, ast.Assign):
            wrong += [
                f"line {node.lineno}: assigns .{target.attr}"
                for target in node.targets
                if isinstance(target, ast.Attribute)
                and target.attr in {"state", "status", "holder", "holder_id"}
            ]
    assert wrong == []


def verbs() -> Iterator[tuple[Path, ast.FunctionDef]]:
    """Public functions of services modules that write the trail."""
    for path in files(*CODE):
        if "services" not in path.parts and path.stem != "services":
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and _audits(node) and not _is_part(node):
                yield path, node


def _is_part(function: ast.FunctionDef) -> bool:
    """A private step of a verb, or one that is handed the verb's context."""
    return function.name.startswith("_") or any(
        _named(arg.annotation) == "Context" for arg in function.args.args
    )


def _named(annotation: ast.expr | None) -> str:
    return annotation.id if isinstance(annotation, ast.Name) else ""


def _by_the_system(function: ast.FunctionDef) -> bool:
    """Every entry it writes says by=None: a schedule's act, never a person's."""
    said = [
        keyword.value
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "by"
    ]
    return bool(said) and all(isinstance(value, ast.Constant) and value.value is None for value in said)


def _audits(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "audit"
        and node.func.attr in {"record", "record_many"}
        for node in ast.walk(function)
    )


def test_every_verb_is_keyword_only_and_takes_by_and_now() -> None:
    wrong = []
    for path, function in verbs():
        keywords = {arg.arg for arg in function.args.kwonlyargs}
        where = f"{path.relative_to(ROOT)}:{function.lineno} {function.name}"
        if function.args.args or function.args.posonlyargs:
            wrong.append(f"{where} takes positional arguments")
        needed = {"now"} if _by_the_system(function) else {"by", "now"}
        if not needed <= keywords:
            wrong.append(f"{where} lacks {', '.join(sorted(needed - keywords))}")
    assert wrong == []


def test_time_enters_at_the_edge() -> None:
    """services and rules take `now`; they never look at the clock."""
    wrong = []
    for path in files(*CODE):
        if not ({"services", "rules"} & {*path.parts, path.stem}):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"now", "utcnow"}
            ):
                receiver = node.func.value
                if isinstance(receiver, ast.Name) and receiver.id in {"timezone", "datetime", "dt"}:
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert wrong == []


def test_no_import_hides_inside_a_function_of_the_engines_services() -> None:
    """An import in a function hides a circle; `apps.ready()` and management commands are where it belongs."""
    wrong = []
    for path in files("office", "orders", "catalog", "cms", "attendance", "accounts", "backups", "contracts"):
        if path.stem in {"apps", "migrations"} or "management" in path.parts or "registrations" in path.parts:
            continue
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                wrong += [
                    f"{path.relative_to(ROOT)}:{node.lineno}"
                    for node in ast.walk(function)
                    if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in CODE
                ]
    assert wrong == []
