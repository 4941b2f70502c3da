"""Clause → rules → tests: which rules enforce a clause, and which tests say that they show it kept."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from office.rulebook.types import Book, Clause

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Coverage:
    clause: Clause
    rules: tuple[str, ...]
    tests: tuple[str, ...]


def coverage(books: Iterable[Book], tests: Mapping[str, tuple[str, ...]]) -> list[Coverage]:
    """One entry per clause of any of the books, in the order in which the books name them.

    A clause that stands in two books lists the rules of both.
    """
    clauses: dict[str, Clause] = {}
    rules: dict[str, dict[str, None]] = {}
    for book in books:
        for clause_id, clause in book.clauses.items():
            clauses.setdefault(clause_id, clause)
        for key, rule in book.rules.items():
            for clause_id in rule.clauses:
                rules.setdefault(clause_id, {})[key] = None
    return [
        Coverage(clause, tuple(rules.get(clause_id, ())), tests.get(clause_id, ()))
        for clause_id, clause in clauses.items()
    ]


def tests_by_clause(root: Path) -> dict[str, tuple[str, ...]]:
    """Clause id → "tests/app/test_verb.py::test_name", read from the `clause("…")` marks in the source.

    Marks on a function, on its class and in a module's `pytestmark` count. A file that is no valid Python
    is left out: pytest reports it. Paths are relative to the folder above `root`.
    """
    found: dict[str, list[str]] = {}
    for path in sorted(root.rglob("test_*.py")):
        try:
            text = path.read_text(encoding="utf-8")
            tree = ast.parse(text if "clause(" in text else "")
        except (SyntaxError, UnicodeDecodeError):
            continue
        file = path.relative_to(root.parent).as_posix()
        for name, clause_ids in _marked(tree):
            for clause_id in clause_ids:
                found.setdefault(clause_id, []).append(f"{file}::{name}")
    return {clause_id: tuple(dict.fromkeys(names)) for clause_id, names in found.items()}


def _marked(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    whole_file = _module_marks(tree)
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            of_class = whole_file + _marks(node.decorator_list)
            for inner in node.body:
                if isinstance(inner, _FUNCTIONS) and inner.name.startswith("test"):
                    yield f"{node.name}::{inner.name}", of_class + _marks(inner.decorator_list)
        elif isinstance(node, _FUNCTIONS) and node.name.startswith("test"):
            yield node.name, whole_file + _marks(node.decorator_list)


def _module_marks(tree: ast.Module) -> list[str]:
    marks: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
        ):
            marks += _marks([node.value])
    return marks


def _marks(nodes: Iterable[ast.expr]) -> list[str]:
    """The ids in every `…clause("ID", …)` call inside the expressions."""
    marks: list[str] = []
    for expression in nodes:
        for node in ast.walk(expression):
            if not isinstance(node, ast.Call):
                continue
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            if name == "clause":
                marks += [
                    argument.value
                    for argument in node.args
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
                ]
    return marks
