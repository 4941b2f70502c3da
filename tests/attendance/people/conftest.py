"""What the tests of coming and leaving share."""

from __future__ import annotations

import pytest

from tests.attendance.people.stage import everybody


@pytest.fixture(autouse=True)
def _staffed(db: None) -> None:
    """Every post is held, unless a test takes one away."""
    everybody()
