from django.db import migrations

from office.audit.law import insert_only


class Migration(migrations.Migration):
    dependencies = [("contracts", "0001_initial"), ("audit", "0005_fixed_path")]

    operations = [
        insert_only(f"contracts_{table}")
        for table in (
            "contractversion",
            "contractsignature",
            "orderevent",
            "delivery",
            "deliveryline",
            "arrival",
            "arrivalline",
            "acceptance",
        )
    ]
