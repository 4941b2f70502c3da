"""Certificates, bank details, work plans; and what the database refuses about them.

An account to pay to is what an agreed run says, from the instant at which it was carried out, and confirmed by the
supplier in a call about this very account. A step of a plan that is done or dropped stays so.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from office.approvals.law import authorised, dated, executed
from office.audit.law import insert_only

LAW = """
CREATE FUNCTION contracts_called_back() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM contracts_callback c WHERE c.id = NEW.call_back_id AND c.confirmed
                   AND c.supplier_id = NEW.supplier_id AND c.account = NEW.account) THEN
        RAISE EXCEPTION 'supplier % has not confirmed this account in a call back', NEW.supplier_id
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'called_back';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_called_back BEFORE INSERT ON contracts_bankdetails
    FOR EACH ROW EXECUTE FUNCTION contracts_called_back();

CREATE FUNCTION contracts_call_back_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.called_at > NEW.at OR NOT EXISTS (
        SELECT FROM contracts_suppliercontact c
        WHERE c.id = NEW.contact_id AND c.supplier_id = NEW.supplier_id AND c.phone = NEW.phone AND c.phone <> ''
    ) THEN
        RAISE EXCEPTION 'a call back goes to a number on file of that supplier'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'call_back_on_file';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_on_file BEFORE INSERT ON contracts_callback
    FOR EACH ROW EXECUTE FUNCTION contracts_call_back_law();

CREATE FUNCTION contracts_milestone_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (OLD.done_at IS NOT NULL AND NEW.done_at IS DISTINCT FROM OLD.done_at)
       OR (OLD.dropped_at IS NOT NULL AND NEW.dropped_at IS DISTINCT FROM OLD.dropped_at) THEN
        RAISE EXCEPTION 'step % was done or dropped; that stands', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'milestone_stands';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_stands BEFORE UPDATE ON contracts_milestone
    FOR EACH ROW EXECUTE FUNCTION contracts_milestone_law();
"""
UNDO = """
DROP TRIGGER law_stands ON contracts_milestone; DROP FUNCTION contracts_milestone_law();
DROP TRIGGER law_on_file ON contracts_callback; DROP FUNCTION contracts_call_back_law();
DROP TRIGGER law_called_back ON contracts_bankdetails; DROP FUNCTION contracts_called_back();
"""
ASKED = {
    "supplier_id": "supplier",
    "holder": "holder",
    "bank": "bank",
    "account": "account",
    "call_back_id": "call_back",
}


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0008_signed_before"),
        ("contracts", "0004_agreements_law"),
        ("files", "0002_law"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Certificate",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=40, verbose_name="kind")),
                ("name", models.CharField(blank=True, max_length=120, verbose_name="name")),
                ("number", models.CharField(blank=True, max_length=60, verbose_name="number")),
                ("expires_on", models.DateField(null=True, verbose_name="valid until")),
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
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.storedfile"
                    ),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="certificates",
                        to="contracts.supplier",
                    ),
                ),
            ],
            options={
                "verbose_name": "certificate of a supplier",
                "verbose_name_plural": "certificates of suppliers",
            },
        ),
        migrations.AddField(
            model_name="contract",
            name="not_renewed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="CallBack",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("phone", models.CharField(max_length=30, verbose_name="phone")),
                ("account", models.CharField(max_length=40, verbose_name="account")),
                ("called_at", models.DateTimeField(verbose_name="called at")),
                ("spoke_with", models.CharField(max_length=60, verbose_name="spoke with")),
                ("confirmed", models.BooleanField(verbose_name="confirmed")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
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
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contracts.suppliercontact",
                    ),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="call_backs",
                        to="contracts.supplier",
                    ),
                ),
            ],
            options={
                "verbose_name": "call back to a supplier",
                "verbose_name_plural": "calls back to suppliers",
            },
        ),
        migrations.CreateModel(
            name="BankDetails",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("holder", models.CharField(max_length=120, verbose_name="account holder")),
                ("bank", models.CharField(max_length=120, verbose_name="bank")),
                ("account", models.CharField(max_length=40, verbose_name="account")),
                ("authority_clause", models.CharField(blank=True, default="", max_length=20)),
                ("at", models.DateTimeField()),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="approvals.run"
                    ),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bank_details",
                        to="contracts.supplier",
                    ),
                ),
                (
                    "call_back",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="contracts.callback"
                    ),
                ),
            ],
            options={
                "verbose_name": "bank details of a supplier",
                "verbose_name_plural": "bank details of suppliers",
            },
        ),
        migrations.CreateModel(
            name="PlanDocument",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("n", models.PositiveSmallIntegerField()),
                ("kind", models.CharField(blank=True, max_length=40)),
                ("name", models.CharField(max_length=120, verbose_name="document")),
                ("due_on", models.DateField(verbose_name="until")),
                ("dropped_at", models.DateTimeField(null=True)),
                ("note", models.CharField(blank=True, max_length=300)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="owner",
                    ),
                ),
            ],
            options={
                "verbose_name": "document of a plan",
                "verbose_name_plural": "documents of plans",
            },
        ),
        migrations.CreateModel(
            name="DocumentPaper",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.CharField(blank=True, max_length=60, verbose_name="number")),
                ("expires_on", models.DateField(null=True, verbose_name="valid until")),
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
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.storedfile"
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="papers",
                        to="contracts.plandocument",
                    ),
                ),
            ],
            options={
                "verbose_name": "paper of a plan",
                "verbose_name_plural": "papers of plans",
            },
        ),
        migrations.CreateModel(
            name="WorkPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("aim", models.TextField(blank=True, verbose_name="aim")),
                ("template", models.CharField(blank=True, max_length=40)),
                ("starts_on", models.DateField(verbose_name="starts on")),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_why", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField()),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "work plan",
                "verbose_name_plural": "work plans",
            },
        ),
        migrations.AddField(
            model_name="plandocument",
            name="plan",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="documents",
                to="contracts.workplan",
            ),
        ),
        migrations.CreateModel(
            name="Milestone",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("n", models.PositiveSmallIntegerField()),
                ("title", models.CharField(max_length=120, verbose_name="step")),
                ("starts_on", models.DateField(verbose_name="from")),
                ("due_on", models.DateField(verbose_name="until")),
                ("done_at", models.DateTimeField(null=True)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("dropped_at", models.DateTimeField(null=True)),
                (
                    "done_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="owner",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="milestones",
                        to="contracts.workplan",
                    ),
                ),
            ],
            options={
                "verbose_name": "milestone",
                "verbose_name_plural": "milestones",
            },
        ),
        migrations.CreateModel(
            name="CertificateEnd",
            fields=[
                (
                    "certificate",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="end",
                        serialize=False,
                        to="contracts.certificate",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
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
                    "replaced_by",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaces",
                        to="contracts.certificate",
                    ),
                ),
            ],
            options={
                "verbose_name": "end of a certificate",
                "verbose_name_plural": "ends of certificates",
            },
        ),
        migrations.AddIndex(
            model_name="workplan",
            index=models.Index(condition=models.Q(("closed_at", None)), fields=["-id"], name="workplan_open"),
        ),
        migrations.AddConstraint(
            model_name="plandocument",
            constraint=models.UniqueConstraint(fields=("plan", "n"), name="plandocument_n"),
        ),
        migrations.AddConstraint(
            model_name="milestone",
            constraint=models.UniqueConstraint(fields=("plan", "n"), name="milestone_n"),
        ),
        migrations.AddConstraint(
            model_name="milestone",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_on__gte", models.F("starts_on"))), name="milestone_ends_after_start"
            ),
        ),
        migrations.AddConstraint(
            model_name="milestone",
            constraint=models.CheckConstraint(
                condition=models.Q(("done_at", None), ("dropped_at", None), _connector="OR"),
                name="milestone_done_or_dropped",
            ),
        ),
        *(
            insert_only(f"contracts_{table}")
            for table in ("certificate", "certificateend", "callback", "bankdetails", "documentpaper")
        ),
        authorised("contracts_bankdetails", "contracts.bank_details", ASKED),
        executed("contracts_bankdetails"),
        dated("contracts_bankdetails"),
        migrations.RunSQL(LAW, UNDO),
    ]
