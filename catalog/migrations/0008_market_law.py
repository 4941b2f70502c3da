from django.db import migrations

from office.audit.law import insert_only


class Migration(migrations.Migration):
    dependencies = [("catalog", "0007_live_market"), ("audit", "0005_fixed_path")]

    operations = [insert_only("catalog_competitorprice")]
