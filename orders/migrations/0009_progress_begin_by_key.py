"""The check of new progress rows looks each order up by its key.

The planner knows nothing of how many rows a statement inserted, and guessed a scan of all orders: the cost of booking
a thousand grew with the ledger.
"""

from django.db import migrations

SETTINGS = ("enable_hashjoin", "enable_mergejoin", "enable_seqscan")


class Migration(migrations.Migration):
    dependencies = [("orders", "0008_customer_erased")]

    operations = [
        migrations.RunSQL(
            f"ALTER FUNCTION orders_progress_begin() SET {name} TO off",
            f"ALTER FUNCTION orders_progress_begin() RESET {name}",
        )
        for name in SETTINGS
    ]
