"""How many rows a page reads: a bounded number of questions may still bring thousands of answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def read() -> Iterator[list[int]]:
    """The rows that each question within it brought."""
    seen: list[int] = []

    def count(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        answer = execute(sql, params, many, context)
        if str(sql).lstrip().upper().startswith(("SELECT", "WITH")):
            seen.append(context["cursor"].rowcount)
        return answer

    with connection.execute_wrapper(count):
        yield seen
