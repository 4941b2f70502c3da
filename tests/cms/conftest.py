"""What the tests of this desk share."""

from __future__ import annotations

from typing import Any

import pytest

from cms.views.public import shelf
from tests.cms.stage import everybody


@pytest.fixture
def staffed(db: None) -> None:
    """Every post is held, unless a test takes one away."""
    everybody()


@pytest.fixture(autouse=True)
def _no_kept_pages() -> None:
    """What one test drew is not shown in the next."""
    shelf.clear()


@pytest.fixture(autouse=True)
def _listed_hosts(settings: Any) -> None:
    """The hosts of the tests' sites are on the list of those that may be asked."""
    settings.ECDEPT_OUTBOUND_HOSTS = ["www.example.com", "*.example.com"]
