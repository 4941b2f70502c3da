from django.db import migrations


class Migration(migrations.Migration):
    """Late slips and the ends of probation were written side by side."""

    dependencies = [("attendance", "0019_late_slip"), ("attendance", "0020_ends_of_probation_law")]

    operations = []
