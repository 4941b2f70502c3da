"""Real exports, payloads and vectors. They are not part of the repository (CONTRIBUTING.md, Test it)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

#: $ECDEPT_TEST_DATA, else `shared/data` beside the checkout.
DATA = Path(os.environ.get("ECDEPT_TEST_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")


def real(*parts: str) -> Path:
    """The file's path; without it the test is skipped, with the reason."""
    path = DATA.joinpath(*parts)
    if not path.is_file():
        pytest.skip(
            f"no {path}: set ECDEPT_TEST_DATA to the folder with the real data", allow_module_level=True
        )
    return path
