"""What the tests of this desk share."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _listed_hosts(settings: Any) -> None:
    """The hosts of the tests' sites are on the list of those that may be asked."""
    settings.ECDEPT_OUTBOUND_HOSTS = ["www.example.com", "*.example.com"]
