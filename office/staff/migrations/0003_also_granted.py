"""What a person may do beyond his posts.

`staff_also_granted(employee, at)` answers nothing here. The one desk that keeps grants replaces it in its own migration,
so that whoever asks for a person's posts gets both by one query.
"""

from django.db import migrations

ALSO = """
CREATE FUNCTION staff_also_granted(employee bigint, at timestamptz)
    RETURNS text[] LANGUAGE sql STABLE AS $$ SELECT ARRAY[]::text[] $$;
"""


class Migration(migrations.Migration):
    dependencies = [("staff", "0002_proposals")]
    operations = [migrations.RunSQL(ALSO, "DROP FUNCTION staff_also_granted(bigint, timestamptz);")]
