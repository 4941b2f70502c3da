from django.db import migrations

from office.audit.law import insert_only


class Migration(migrations.Migration):
    dependencies = [("attendance", "0001_initial")]

    operations = [insert_only("attendance_settledday")]
