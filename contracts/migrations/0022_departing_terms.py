"""A version whose terms depart from the book's of the day on which it was drawn comes into force only when the chain has
agreed to exactly it; one that says what the book says needs nobody (P6). What was drawn before names no book and holds."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from office.approvals.law import authorised, executed

REFUSED = (
    "USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'contracts_p6'"
)

LAW = f"""
-- Whether a version says otherwise than the book it was drawn under. A place of delivery has no default.
CREATE FUNCTION contracts_departs(of_version bigint) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM contracts_contractversion v, jsonb_each(v.book) b
                   WHERE v.id = of_version AND b.key <> 'warehouse' AND v.terms -> b.key IS DISTINCT FROM b.value)
$$;

CREATE FUNCTION contracts_version_book() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.book IS NULL OR EXISTS (SELECT FROM jsonb_object_keys(NEW.terms) AS said (name)
                                   WHERE said.name <> 'warehouse' AND NOT NEW.book ? said.name) THEN
        RAISE EXCEPTION 'a version names what the book says for each of its terms (P6)' {REFUSED};
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_book BEFORE INSERT ON contracts_contractversion
    FOR EACH ROW EXECUTE FUNCTION contracts_version_book();

CREATE FUNCTION contracts_force_agreed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF contracts_departs(NEW.version_id) AND NOT EXISTS (
            SELECT FROM approvals_asked(NEW.run_id, false) asked JOIN contracts_contractversion v ON v.id = NEW.version_id
            WHERE asked.item ->> 'version' = v.id::text AND asked.item ->> 'sha256' = v.sha256
              AND NOT EXISTS (SELECT FROM jsonb_each(v.book) b
                              WHERE b.key <> 'warehouse' AND v.terms -> b.key IS DISTINCT FROM b.value
                                AND (asked.item -> 'terms' -> b.key IS DISTINCT FROM v.terms -> b.key
                                     OR asked.item -> 'book' -> b.key IS DISTINCT FROM b.value))) THEN
        RAISE EXCEPTION 'nobody has agreed to these terms of version % (P6)', NEW.version_id {REFUSED};
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_terms_agreed BEFORE INSERT ON contracts_contractforce
    FOR EACH ROW EXECUTE FUNCTION contracts_force_agreed();
"""
UNDO = """
DROP TRIGGER law_terms_agreed ON contracts_contractforce; DROP FUNCTION contracts_force_agreed();
DROP TRIGGER law_book ON contracts_contractversion; DROP FUNCTION contracts_version_book();
DROP FUNCTION contracts_departs(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("contracts", "0021_paid_before_shipping"), ("approvals", "0008_signed_before")]

    operations = [
        migrations.AddField(model_name="contractversion", name="book", field=models.JSONField(null=True)),
        migrations.AddField(
            model_name="contractforce",
            name="run",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="approvals.run",
            ),
        ),
        migrations.AddField(
            model_name="contractforce",
            name="authority_clause",
            field=models.CharField(blank=True, default="", max_length=20),
        ),
        authorised(
            "contracts_contractforce",
            "contracts.departing_terms",
            {"version_id": "version"},
            clauses=["P6"],
        ),
        executed("contracts_contractforce"),
        migrations.RunSQL(LAW, UNDO),
    ]
