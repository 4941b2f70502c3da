"""Parts of the SQL of earlier migrations, for a later one that puts a function in the place of itself."""

from __future__ import annotations

from importlib import import_module


def function(migration: str, text: str, name: str) -> str:
    """Of the SQL that the migration calls `text`, the function of this name, ready to take its own place."""
    whole: str = getattr(import_module(f"contracts.migrations.{migration}"), text)
    begins = whole.index(f"CREATE FUNCTION {name}(")
    return whole[begins : whole.index("$$;", begins) + 3].replace("CREATE", "CREATE OR REPLACE", 1)


def replaced(migration: str, name: str) -> str:
    """A function as an earlier migration has put it in the place of itself."""
    found: str = getattr(import_module(f"contracts.migrations.{migration}"), name)
    return found


def changed(text: str, *changes: tuple[str, str]) -> str:
    """Each part is there once."""
    for old, new in changes:
        if text.count(old) != 1:
            raise ValueError(old)
        text = text.replace(old, new)
    return text
