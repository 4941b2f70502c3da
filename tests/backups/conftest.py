"""A key pair, and one dump of the (empty, migrated) test database that many tests look at: pg_dump takes its time."""

from __future__ import annotations

from typing import Any

import pytest

from backups.container import Recipient, fingerprint
from backups.services import dumping
from backups.services.dumping import Dumped
from office import boxes


@pytest.fixture(scope="session")
def pair() -> boxes.Pair:
    return boxes.new_pair()


@pytest.fixture(scope="session")
def recipient(pair: boxes.Pair) -> Recipient:
    return Recipient(fingerprint(pair.public), pair.public)


@pytest.fixture(scope="session")
def stored(django_db_setup: None, recipient: Recipient, tmp_path_factory: pytest.TempPathFactory) -> Dumped:
    """Read only: tests that change a file take a copy."""
    return dumping.dump_database(
        folder=tmp_path_factory.mktemp("stored"), to=[recipient], clause="C13.8", book="site #1", erasures=0
    )


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, settings: Any) -> None:
    """Files of backups, the list of erasures and seals.log of tests lie where they are thrown away."""
    settings.ECDEPT_HOME = tmp_path_factory.mktemp("home")
    settings.ECDEPT_BACKUP_DIR = settings.ECDEPT_HOME / "backups"
