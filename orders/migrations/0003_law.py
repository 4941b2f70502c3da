from django.db import migrations

from office.audit.law import insert_only


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_initial"), ("audit", "0002_law")]

    operations = [
        insert_only(table)
        for table in (
            "orders_order",
            "orders_orderline",
            "orders_orderevent",
            "orders_contactrecord",
            "orders_unmasking",
        )
    ]
