from django.db import migrations

from office.audit.law import insert_only


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_labels_and_index_key")]

    operations = [insert_only("audit_incident")]
