"""Pieces count as standing ready from when they are stated, not only once they are owed for: two notices written before
their payables made an order owed for twice (P2.2)."""

from __future__ import annotations

from django.db import migrations

from contracts.migrations import _sql as sql

LINE_BEFORE = sql.replaced("0026_attacked_again", "LINE")
LINE = sql.changed(
    LINE_BEFORE,
    (
        "r.stated - r.gone + NEW.quantity > l.quantity",
        """r.stated - r.gone + NEW.quantity > l.quantity - (
                   SELECT coalesce(sum(y.quantity), 0) FROM contracts_readyline y WHERE y.line_id = l.id
                   AND NOT EXISTS (SELECT FROM contracts_payable p WHERE p.ready_id = y.notice_id))""",
    ),
)


class Migration(migrations.Migration):
    dependencies = [("contracts", "0041_attacked_a_third_time")]

    operations = [migrations.RunSQL(LINE, LINE_BEFORE)]
