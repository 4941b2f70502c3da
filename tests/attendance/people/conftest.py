"""What the tests of coming and leaving share."""

from __future__ import annotations

import pytest

from tests.attendance.people.stage import everybody


@pytest.fixture(autouse=True)
def _kept_worlds(kept_worlds: None) -> None:
    """Vacancies, candidates and who was hired are made once for the tests that begin with them."""


@pytest.fixture(autouse=True)
def _staffed(db: None, _kept_worlds: None) -> None:
    """Every post is held, unless a test takes one away."""
    everybody()
