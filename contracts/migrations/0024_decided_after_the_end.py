"""Goods that had arrived when an order was ended are decided about all the same: accepted, kept at a lower price, or
returned, with the reports that acceptance wants (P1.5, P3.1, P3.3). Nothing is made anew for an order that is over."""

from __future__ import annotations

from django.db import migrations

from contracts.migrations import _sql as sql

BEFORE = sql.replaced("0015_recount_law", "_ACCEPTANCE_NOW")
ENDED = "(o.state = 'closed' AND EXISTS (SELECT FROM contracts_orderend n WHERE n.order_id = o.id))"
NOW = sql.changed(
    BEFORE,
    (
        "WHERE l.id = r.line_id AND o.state <> 'shipped') THEN",
        f"WHERE l.id = r.line_id AND o.state <> 'shipped'\n                 AND (NEW.remedy IN ('redo', 'repair') OR NOT {ENDED})) THEN",
    ),
)
REPORT_BEFORE = sql.function("0007_order_law", "GOODS", "contracts_report_law")
REPORT = sql.changed(
    REPORT_BEFORE,
    ("o.state IN ('producing', 'shipped')", f"(o.state IN ('producing', 'shipped') OR {ENDED})"),
)


class Migration(migrations.Migration):
    dependencies = [("contracts", "0023_loss_decisions")]

    operations = [migrations.RunSQL(NOW, BEFORE), migrations.RunSQL(REPORT, REPORT_BEFORE)]
