"""A vault with a recovery key and two custodians; passphrases cost little here, except in the test of the real cost."""

from __future__ import annotations

import pytest

from tests.accounts.vault import stage


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    stage.cheap(monkeypatch)
