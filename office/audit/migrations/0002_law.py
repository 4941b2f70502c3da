from django.db import migrations

from office.audit.law import insert_only


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [insert_only("audit_entry"), insert_only("audit_seal")]
