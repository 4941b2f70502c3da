"""What a batch keeps of a file: refused rows under the batch key, headers as the database can hold them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from office import crypto
from office.tables.text import clean_text


def storable_header(raw: Iterable[str]) -> list[str]:
    """A header row as JSON in the database can hold it."""
    return [clean_text(cell) for cell in raw]


def seal_cells(key: bytes, batch_id: int, row: int, cells: Sequence[str]) -> bytes:
    """A row's cells under the batch key, bound to their place."""
    return crypto.seal(key, json.dumps(list(cells), ensure_ascii=False).encode(), _place(batch_id, row))


def open_cells(key: bytes, batch_id: int, row: int, sealed: bytes | memoryview) -> list[str]:
    """The cells again. Raises crypto.Unreadable when they were changed or moved."""
    cells: list[str] = json.loads(crypto.open_sealed(key, sealed, _place(batch_id, row)))
    return cells


def _place(batch_id: int, row: int) -> bytes:
    return f"batch {batch_id} row {row}".encode()
