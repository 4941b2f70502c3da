"""What was under way when an order was ended is counted in when it comes (P1.5, P7a), unless it was paid before it left:
then it was claimed back and goes back."""

from __future__ import annotations

from django.db import migrations

from contracts.migrations import _sql as sql

BEFORE = sql.function("0007_order_law", "GOODS", "contracts_arrival_law")
NOW = sql.changed(
    BEFORE,
    (
        "AND o.state = 'shipped') THEN",
        """AND (o.state = 'shipped' OR (
                       o.state = 'closed' AND NOT contracts_prepaid(o.id)
                       AND EXISTS (SELECT FROM contracts_orderend n WHERE n.order_id = o.id)))) THEN""",
    ),
)


class Migration(migrations.Migration):
    dependencies = [("contracts", "0029_invoice_scans")]

    operations = [migrations.RunSQL(NOW, BEFORE)]
