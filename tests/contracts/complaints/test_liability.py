"""The written table of P5, line by line."""

from __future__ import annotations

import pytest

from contracts.rules import liability

TABLE = {"same_place": "carrier", "elsewhere": "supplier", "several": "both"}

CASES = [
    # kind, packaging, packaging damaged at, goods hurt at → liable, line
    ("quality", "", [], [], "supplier", "quality"),
    ("quality", "", [], ["top"], "supplier", "quality"),
    ("delivery", "intact", [], ["top"], "supplier", "intact"),
    ("delivery", "intact", [], [], "supplier", "intact"),
    ("delivery", "damaged", ["top"], ["top"], "carrier", "same_place"),
    ("delivery", "damaged", ["top", "left"], ["left"], "carrier", "same_place"),
    ("delivery", "damaged", ["top", "left"], ["top", "left"], "carrier", "same_place"),
    ("delivery", "damaged", ["top"], ["bottom"], "supplier", "elsewhere"),
    ("delivery", "damaged", ["top"], ["inside"], "supplier", "elsewhere"),
    ("delivery", "damaged", ["top"], [], "supplier", "elsewhere"),
    ("delivery", "damaged", ["inside"], ["inside"], "supplier", "elsewhere"),
    ("delivery", "damaged", ["top"], ["top", "bottom"], "both", "several"),
    ("delivery", "damaged", ["top"], ["top", "inside"], "both", "several"),
    ("delivery", "damaged", ["corner"], ["corner", "right"], "both", "several"),
]


@pytest.mark.clause("P5")
@pytest.mark.parametrize(("kind", "packaging", "at", "hurt", "liable", "line"), CASES)
def test_the_table(kind: str, packaging: str, at: list[str], hurt: list[str], liable: str, line: str) -> None:
    proposed = liability.propose(
        kind=kind,
        packaging=packaging,
        packaging_places=at,
        damage_places=hurt,
        intact="supplier",
        table=TABLE,
    )
    assert proposed == (liable, line)


def test_the_supplier_s_part() -> None:
    assert [liability.percent_of(who, 50) for who in ("supplier", "carrier", "both")] == [100, 0, 50]
