"""Sees every statement that the database refuses as law, raw SQL included, and records who tried (C7.5).

An execute wrapper on each connection: nothing the application sends goes past it. The row is written by
`services.incident` through a connection of its own, because the refused transaction is about to be rolled back.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.db import DatabaseError
from django.utils import timezone

from office.audit.law import TRIGGER
from office.audit.services import incident
from office.subjects import Subject

INSUFFICIENT_PRIVILEGE = "42501"
#: Owners' business on any table, and what puts triggers to sleep: refused to the application, and worth an incident.
_DENIED = re.compile(r'(?:permission denied (?:for|to set) |must be owner of )(\w+) "?([\w.]+)"?')
_VERB = re.compile(r"\s*(?:/\*.*?\*/\s*)?([A-Za-z]+)", re.DOTALL)


def install(*, connection: Any, **_: Any) -> None:
    """connection_created: every connection of the process is watched."""
    if connection.vendor == "postgresql" and refused_as_law not in connection.execute_wrappers:
        connection.execute_wrappers.append(refused_as_law)


def refused_as_law(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Runs the statement; a refusal of the law is recorded and raised on."""
    try:
        return execute(sql, params, many, context)
    except DatabaseError as error:
        table = law_table(error)
        if table:
            _record(table, sql)
        raise


def law_table(error: DatabaseError) -> str:
    """The table whose law refused the statement, or ""."""
    cause = error.__cause__
    diagnostics = getattr(cause, "diag", None)
    if diagnostics is None:
        return ""
    if diagnostics.constraint_name == TRIGGER:
        return diagnostics.table_name or ""
    if getattr(cause, "pgcode", "") == INSUFFICIENT_PRIVILEGE:
        denied = _DENIED.search(diagnostics.message_primary or "")
        return denied.group(2) if denied else ""
    return ""


#: Whether a refusal is being recorded: where the trail itself is refused (a database whose making was stopped), the
#: record would be recorded without end.
_recording: ContextVar[bool] = ContextVar("recording a refusal", default=False)


def _record(table: str, sql: Any) -> None:
    if _recording.get():
        return
    before = _recording.set(True)
    try:
        _write(table, sql)
    finally:
        _recording.reset(before)


def _write(table: str, sql: Any) -> None:
    # The statement's values are not kept: they may be a customer's.
    word = _VERB.match(str(sql))
    incident(
        "law",
        subject=Subject("table", table, table),
        now=timezone.now(),
        detail=f"{word.group(1).upper() if word else '?'} on {table} was refused by the database",
    )
