from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.approvals.cast import Shelf, everybody, toy_book, toys


@pytest.fixture
def shelf(db: None) -> Iterator[Shelf]:
    """The toy's world: its book, its people, its kinds."""
    toy_book()
    everybody()
    with toys() as found:
        yield found
