"""A version with clauses of its own comes into force only when the chain has agreed to exactly it, as one whose terms
depart from the book's (P6). What was drawn before the book was kept holds as it did."""

from __future__ import annotations

from django.db import migrations

from contracts.migrations import _sql as sql

BEFORE = sql.function("0022_departing_terms", "LAW", "contracts_departs")
NOW = sql.changed(
    BEFORE,
    (
        "IS DISTINCT FROM b.value)\n",
        """IS DISTINCT FROM b.value)
        OR EXISTS (SELECT FROM contracts_contractversion v, jsonb_array_elements(v.clauses) c
                   WHERE v.id = of_version AND v.book IS NOT NULL AND c ->> 'id' LIKE 'X%')
""",
    ),
)


class Migration(migrations.Migration):
    dependencies = [("contracts", "0032_door_news")]

    operations = [migrations.RunSQL(NOW, BEFORE)]
