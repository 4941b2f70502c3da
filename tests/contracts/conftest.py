from __future__ import annotations

import datetime as dt

import pytest

from office.rulebook import api as rulebook
from tests import people
from tests.contracts.world import NOW


@pytest.fixture
def site(db: None) -> None:
    """The site's book, and the people who buy."""
    begins = NOW - dt.timedelta(days=400)
    rulebook.activate_book(code="site", starts_at=begins, by=None, now=begins - dt.timedelta(days=1))
    people.everybody(
        "luo_buyer", "song_inspector", "xu_warehouse", "chen_manager", "fang_vice", "zhou_general"
    )
