"""Grants, their ends, and what the database refuses: what nobody agreed to, or what somebody decided for himself."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from office.approvals.law import authorised, dated, executed
from office.audit.law import insert_only

KINDS = ["accounts.level_change", "accounts.section_permission"]
OWN = """
CREATE FUNCTION accounts_grant_of_others() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM approvals_vote v WHERE v.run_id = NEW.run_id
               AND NEW.employee_id IN (v.person_id, v.on_behalf_of_id)) THEN
        RAISE EXCEPTION 'nobody decides on a grant to himself'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'accounts_grant_of_others';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_grant_of_others BEFORE INSERT ON accounts_grant
    FOR EACH ROW EXECUTE FUNCTION accounts_grant_of_others();
"""
NOT_OWN = "DROP TRIGGER law_grant_of_others ON accounts_grant; DROP FUNCTION accounts_grant_of_others();"
ALSO = """
CREATE OR REPLACE FUNCTION staff_also_granted(employee bigint, at timestamptz)
    RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(g.word::text), ARRAY[]::text[]) FROM public.accounts_grant g
    WHERE g.employee_id = $1 AND g.ends_at > $2 AND g.starts_at <= $2 AND g.at <= $2
      AND NOT EXISTS (SELECT FROM public.accounts_grantend e WHERE e.grant_id = g.id AND e.at <= $2)
$$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION staff_also_granted(employee bigint, at timestamptz)
    RETURNS text[] LANGUAGE sql STABLE AS $$ SELECT ARRAY[]::text[] $$;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("approvals", "0006_annex"),
        ("audit", "0006_index_key_roles"),
        ("staff", "0003_also_granted"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Grant",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("word", models.CharField(max_length=60)),
                ("starts_at", models.DateTimeField(verbose_name="from")),
                ("ends_at", models.DateTimeField(verbose_name="to")),
                ("authority_clause", models.CharField(blank=True, max_length=20)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grants",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="approvals.run",
                    ),
                ),
            ],
            options={
                "verbose_name": "grant",
                "verbose_name_plural": "grants",
            },
        ),
        migrations.CreateModel(
            name="GrantEnd",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                ("authority_clause", models.CharField(blank=True, max_length=20)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "grant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="end", to="accounts.grant"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="approvals.run",
                    ),
                ),
            ],
            options={
                "verbose_name": "end of a grant",
                "verbose_name_plural": "ends of grants",
            },
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(fields=["employee", "ends_at"], name="grant_of_person"),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="grant_ends_after_it_begins"
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("at"))), name="grant_not_over_when_made"
            ),
        ),
        insert_only("accounts_grant"),
        insert_only("accounts_grantend"),
        authorised(
            "accounts_grant",
            KINDS,
            {"employee_id": "person", "word": "word", "starts_at": "from", "ends_at": "to"},
        ),
        authorised("accounts_grantend", KINDS, {"grant_id": "grant", "reason": "reason"}),
        executed("accounts_grant"),
        executed("accounts_grantend"),
        dated("accounts_grant"),
        dated("accounts_grantend"),
        migrations.RunSQL(OWN, NOT_OWN),
        migrations.RunSQL(ALSO, BEFORE),
    ]
