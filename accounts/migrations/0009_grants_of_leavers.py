"""A grant of somebody who may no longer sign in ends without a request; the vault's own rights are granted to nobody;
who holds something by a grant is found by what it is."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from office.approvals.law import authorised

KINDS = ["accounts.level_change", "accounts.section_permission"]
END = {"grant_id": "grant", "reason": "reason"}
NOT_AUTHORISED = "DROP TRIGGER law_authorised ON accounts_grantend;"
LEFT = """
CREATE FUNCTION accounts_grantend_left() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM accounts_grant g JOIN staff_employee e ON e.id = g.employee_id AND NOT e.is_active
                   WHERE g.id = NEW.grant_id AND g.ends_at > NEW.at AND g.at <= NEW.at) THEN
        RAISE EXCEPTION 'without a request only a grant of somebody who may no longer sign in ends (C13.2)'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'accounts_grantend_left';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_left BEFORE INSERT ON accounts_grantend
    FOR EACH ROW WHEN (NEW.run_id IS NULL) EXECUTE FUNCTION accounts_grantend_left();
"""
NOT_LEFT = "DROP TRIGGER law_left ON accounts_grantend; DROP FUNCTION accounts_grantend_left();"
PEOPLE = """
CREATE OR REPLACE FUNCTION staff_people_granted(words text[], at timestamptz)
    RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    SELECT DISTINCT g.employee_id FROM public.accounts_grant g
    JOIN public.staff_employee p ON p.id = g.employee_id AND p.is_active
    WHERE g.word = ANY ($1) AND g.ends_at > $2 AND g.starts_at <= $2 AND g.at <= $2
      AND NOT EXISTS (SELECT FROM public.accounts_grantend e WHERE e.grant_id = g.id AND e.at <= $2)
$$;
"""
NOBODY = """
CREATE OR REPLACE FUNCTION staff_people_granted(words text[], at timestamptz)
    RETURNS SETOF bigint LANGUAGE sql STABLE AS $$ SELECT NULL::bigint WHERE false $$;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_advisory_files"), ("staff", "0005_people_granted")]

    operations = [
        migrations.AlterField(
            model_name="grantend",
            name="by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(NOT_AUTHORISED, authorised("accounts_grantend", KINDS, END).sql),
        migrations.RunSQL(authorised("accounts_grantend", KINDS, END, clauses=["C13.2"]).sql, NOT_AUTHORISED),
        migrations.AddConstraint(
            model_name="grantend",
            constraint=models.CheckConstraint(
                condition=models.Q(("by__isnull", False), ("run", None), _connector="OR"),
                name="grant_end_by_a_person_or_by_itself",
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "word__in",
                        ("accounts.custodians", "accounts.oversee", "accounts.site_passwords"),
                    ),
                    _negated=True,
                ),
                name="grant_not_of_the_vault",
            ),
        ),
        migrations.RunSQL(LEFT, NOT_LEFT),
        migrations.RunSQL(PEOPLE, NOBODY),
    ]
