from __future__ import annotations

import pytest

from tests.catalog import asking


@pytest.fixture
def site(db: None) -> None:
    """The site's book and the people of its chains."""
    asking.the_book()
    asking.everybody()


@pytest.fixture
def mall(db: None) -> None:
    """The mall's book and the people of its chains."""
    asking.the_book("mall")
    asking.everybody()
