"""An early end, a final poster and an entry of the board rest on a run that was carried out, like a publication."""

from django.db import migrations

from office.approvals.law import executed


class Migration(migrations.Migration):
    dependencies = [("cms", "0009_freshness"), ("approvals", "0003_activation_law")]

    operations = [executed(table) for table in ("cms_ending", "cms_assetfinal", "cms_boardentry")]
