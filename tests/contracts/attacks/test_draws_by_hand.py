"""As the application's login, by hand: no draw that its seed does not give (P3.2)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from contracts.models import Draw, Inspection
from contracts.rules import lottery
from contracts.services import drawing
from tests.contracts.attacks.test_the_book_by_hand import at_the_end, by_hand
from tests.contracts.orders import arrange
from tests.contracts.world import DAY, NOW
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site"), pytest.mark.clause("P3.2")]


@pytest.mark.parametrize("percent", ["0.5", "20", "33.34", "100"])
def test_the_database_draws_what_the_desk_draws(percent: str) -> None:
    for many in (1, 2, 7, 50):
        lines = {line: [line * 10 + step for step in range(1 + line % 5)] for line in range(1, many + 1)}
        for seed in ("a", "b", "0f" * 16):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT contracts_drawn(%s, %s, %s)::text",
                    [
                        seed,
                        percent,
                        json.dumps([{"line": pk, "steps": steps} for pk, steps in lines.items()]),
                    ],
                )
                drawn = json.loads(cursor.fetchone()[0])
            assert drawn == [each._asdict() for each in lottery.draw(seed, lines, Decimal(percent))]


def honest() -> dict[str, Any]:
    """A draw over three lines in production that was taken back again."""
    for _n in range(3):
        arrange.producing()
    with transaction.atomic():
        made = drawing.draw_now(by=person("song_inspector"), now=NOW)
        row = {
            name: getattr(made, name)
            for name in ("seed", "percent", "candidates", "chosen", "clause", "by", "at")
        }
        row["inspections"] = list(made.inspections.values("line_id", "stage", "step_id", "lot", "letter", "aql",
                                                          "sample", "ac", "by_id", "at"))  # fmt: skip
        at_the_end()
        transaction.set_rollback(True)
    return row


def drawn(row: dict[str, Any], **other: Any) -> None:
    given = {**row, **other}
    inspections = given.pop("inspections")
    with transaction.atomic():
        made = Draw.objects.create(**given)
        for each in inspections:
            Inspection.objects.create(draw=made, **each)
        at_the_end()


def test_what_was_drawn_is_drawn_again_by_the_database() -> None:
    row = honest()
    chosen = row["chosen"][0]
    others = [each for each in row["candidates"] if each["line"] != chosen["line"]]
    refused: list[dict[str, Any]] = [
        {"chosen": [{"line": others[0]["line"], "step": others[0]["steps"][0]}]},
        {"chosen": []},
        {"chosen": None, "candidates": None},
        {"candidates": others},
        {"candidates": [*row["candidates"], {"line": 987654, "steps": [1]}]},
        {"percent": Decimal(1)},
        {"seed": "of my own", "chosen": []},
        {"at": NOW - 9999 * DAY},
        {"by": None},
        {"scheduled_at": NOW + DAY},
    ]
    for other in refused:
        with pytest.raises(IntegrityError):
            drawn(row, **other)
    drawn(row)


def test_what_was_drawn_is_inspected_once_and_all_of_it() -> None:
    row = honest()
    [one] = row["inspections"]
    with pytest.raises(IntegrityError, match="each line that was drawn"):
        drawn(row, inspections=[])
    with pytest.raises(IntegrityError, match="each line that was drawn"):
        drawn(row, inspections=[one, one])
    drawn(row)
    made = Draw.objects.get()
    with pytest.raises(IntegrityError, match="each line that was drawn"):
        by_hand(Inspection, draw=made, **one)
