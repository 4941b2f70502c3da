"""Posts and grants say what somebody may do (C13.2). Groups, single permissions and a superuser's flag would be a second
way: nobody has any, and the database takes none.
"""

from django.db import migrations

TABLES = ["staff_employee_groups", "staff_employee_user_permissions", "auth_group_permissions"]
SQL = """
CREATE FUNCTION staff_no_rights_by_hand() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'rights are given by posts and grants only (C13.2), not by %', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
              CONSTRAINT = 'staff_no_rights_by_hand';
END $$;
CREATE TRIGGER law_no_rights_by_hand BEFORE INSERT OR UPDATE ON staff_employee
    FOR EACH ROW WHEN (NEW.is_superuser OR NEW.is_staff) EXECUTE FUNCTION staff_no_rights_by_hand();
""" + "".join(
    f"CREATE TRIGGER law_no_rights_by_hand BEFORE INSERT OR UPDATE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION staff_no_rights_by_hand();\n"
    for table in TABLES
)
BACK = (
    "".join(f"DROP TRIGGER law_no_rights_by_hand ON {table};\n" for table in ["staff_employee", *TABLES])
    + "DROP FUNCTION staff_no_rights_by_hand();"
)


class Migration(migrations.Migration):
    dependencies = [("staff", "0003_also_granted"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [migrations.RunSQL(SQL, BACK)]
