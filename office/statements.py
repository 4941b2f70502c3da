"""Statements that a connection plans once: PREPARE before the first use, EXECUTE from then on.

For the few that run thousands of times an hour with a handful of rows, where reading and planning the text costs the
database as much as doing it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.models import Model

#: What each connection of this process has prepared, by name. PREPARE outlives a rolled back transaction.
_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


class Statement:
    """`text` has its parameters as %(name)s; `types` gives each its type in the database, in the order of the call.

    Run `text` with a mapping of all names, or on a connection that is `ready` the `call` with their values in order."""

    def __init__(self, name: str, text: str, types: Mapping[str, str]) -> None:
        self.name, self.text = name, text
        places = {parameter: f"${place}" for place, parameter in enumerate(types, 1)}
        self.prepare = f"PREPARE {name} ({', '.join(types.values())}) AS {text % places}"

    def call(self, values: Sequence[str]) -> str:
        """EXECUTE with the values, each the text of its type, put in. Complete: run it without parameters."""
        return f"EXECUTE {self.name}({_constants(values)})"


class Insert(Statement):
    """Rows into the `columns` of a model's table."""

    def __init__(self, model: type[Model], columns: str) -> None:
        names = [name.strip() for name in columns.split(",")]
        fields = {field.column: field for field in model._meta.concrete_fields}
        kinds = {name: str(fields[name].db_type(connection)) for name in names}
        # An array of arrays is one array of more dimensions: such a column comes as the texts of its arrays.
        types = {name: "text[]" if kind.endswith("[]") else f"{kind}[]" for name, kind in kinds.items()}
        # By subscripts: unnest makes a temporary store of every column, which costs more than all the rest.
        wanted = ", ".join(
            f"(%({name})s)[at]::{kind}" if kind.endswith("[]") else f"(%({name})s)[at]"
            for name, kind in kinds.items()
        )
        table = model._meta.db_table
        super().__init__(
            f"add_{table}",
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {wanted}"  # noqa: S608  own names
            f" FROM generate_subscripts(%({names[0]})s, 1) AS at",
            types,
        )

    def call_for(self, rows: Sequence[Sequence[str | None]]) -> str:
        """The call for rows of elements: `quoted`, "NULL", or a text that is safe in an array as it is; never None."""
        return self.call(["{" + ",".join(column) + "}" for column in zip(*rows, strict=True)])


def ready(cursor: Any, statements: Iterable[Statement]) -> None:
    """Prepare on the cursor's connection those of `statements` that it does not know yet."""
    known = _prepared.setdefault(cursor.connection, set())
    missing = [statement for statement in statements if statement.name not in known]
    if missing:
        cursor.execute(";".join(statement.prepare for statement in missing))
        known.update(statement.name for statement in missing)


def array_of(texts: Iterable[str]) -> str:
    """An array of texts, itself as text."""
    return "{" + ",".join([quoted(text) for text in texts]) + "}"


def quoted(text: str) -> str:
    """A text as an element of an array's text."""
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _constants(values: Sequence[str]) -> str:
    """Constants of SQL, comma between them. The driver quotes value by value, for a tenth of what booking an order
    costs; this does it for all at once, with NUL between them, which no constant can hold.

    Right whatever standard_conforming_strings says, on a connection that speaks UTF-8, as Django's do. ValueError for a
    NUL in a value."""
    text = "\0".join(values)
    if text.count("\0") != len(values) - 1:
        raise ValueError("A string literal cannot contain NUL (0x00) characters.")
    text = text.replace("\\", "\\\\").replace("'", "''")
    return "E'" + text.replace("\0", "',E'") + "'"
