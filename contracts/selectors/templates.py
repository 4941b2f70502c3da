"""Which templates of plans the book in force has, and what they consist of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from office.rulebook import api as rulebook

STEPS, DOCUMENTS = "work.plan_templates", "work.template_documents"


def choices(at: datetime) -> list[tuple[str, str]]:
    """(code, name)."""
    names = rulebook.book(at).names
    return [(code, str(names[code])) for code in rulebook.parameter_rule(STEPS, at=at).table()]


def steps(code: str, at: datetime) -> Mapping[str, int]:
    """Step → the day of the plan by which it is done; nothing for a template that the book does not have."""
    rule = rulebook.parameter_rule(STEPS, at=at)
    table = rule.table(code) if code in rule.table() else {}
    return {name: day for name, day in table.items() if isinstance(day, int)}


def documents(code: str, at: datetime) -> tuple[str, ...]:
    """Codes of the documents: a list, or the key of the rule that has it."""
    table = rulebook.parameter_rule(DOCUMENTS, at=at).table()
    said = table.get(code, ())
    if isinstance(said, str):
        return rulebook.parameter_rule(said, at=at).texts()
    return tuple(str(each) for each in said) if isinstance(said, tuple) else ()


def said(code: str, at: datetime) -> str:
    """What people call a step or a document, in Chinese: it is written down."""
    return rulebook.book(at).names[code].zh
