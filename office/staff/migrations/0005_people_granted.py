"""Who holds one of some words by a grant.

`staff_people_granted(words, at)` answers nobody here; the one desk that keeps grants replaces it, as it does
`staff_also_granted`.
"""

from django.db import migrations

PEOPLE = """
CREATE FUNCTION staff_people_granted(words text[], at timestamptz)
    RETURNS SETOF bigint LANGUAGE sql STABLE AS $$ SELECT NULL::bigint WHERE false $$;
"""


class Migration(migrations.Migration):
    dependencies = [("staff", "0004_no_rights_by_hand")]
    operations = [migrations.RunSQL(PEOPLE, "DROP FUNCTION staff_people_granted(text[], timestamptz);")]
