"""Reviews of grants, the machine room, changes of the database, records; and what the database refuses of them."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from office.approvals.law import authorised, dated
from office.audit.law import insert_only

LAW_TABLES = [
    "accounts_grantword",
    "accounts_roomgrant",
    "accounts_roomentry",
    "accounts_roomexit",
    "accounts_sectionopinion",
    "accounts_changefeedback",
    "accounts_securityreport",
    "accounts_securitysignature",
    "accounts_procedure",
    "accounts_procedureread",
]
ENTRY = """
CREATE FUNCTION accounts_entry_allowed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.grant_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM accounts_roomgrant g WHERE g.id = NEW.grant_id
        AND g.employee_id IS NOT DISTINCT FROM NEW.employee_id AND g.visitor = NEW.visitor
        AND NEW.entered_at >= greatest(g.starts_at, g.at) AND NEW.entered_at < g.ends_at) THEN
        RAISE EXCEPTION 'this leave does not let the person in at that hour (C13.9)'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'accounts_entry_allowed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_entry_allowed BEFORE INSERT ON accounts_roomentry
    FOR EACH ROW EXECUTE FUNCTION accounts_entry_allowed();
"""
NO_ENTRY = "DROP TRIGGER law_entry_allowed ON accounts_roomentry; DROP FUNCTION accounts_entry_allowed();"
CHANGE = """
CREATE FUNCTION accounts_change_by_chain() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.state IN ('done', 'rolled_back', 'dropped')) THEN
        RAISE EXCEPTION 'a change of the database that is over stays as it is (C13.6)'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'accounts_change_over';
    END IF;
    IF OLD.state <> 'drafted' AND NEW.state <> 'drafted'
       AND (NEW.title, NEW.why, NEW.plan, NEW.continuity, NEW.rollback, NEW.tested, NEW.done_by, NEW.how, NEW.firm,
            NEW.starts_at, NEW.ends_at, NEW.asked)
           IS DISTINCT FROM (OLD.title, OLD.why, OLD.plan, OLD.continuity, OLD.rollback, OLD.tested, OLD.done_by,
            OLD.how, OLD.firm, OLD.starts_at, OLD.ends_at, OLD.asked) THEN
        RAISE EXCEPTION 'what is being decided on stays as it was handed in (C13.6)'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'accounts_change_as_asked';
    END IF;
    IF NEW.state IN ('agreed', 'done', 'rolled_back') AND NOT EXISTS (
        SELECT FROM approvals_run r WHERE r.kind = 'accounts.database_change' AND r.subject_type = 'db_change'
        AND r.subject_id = OLD.id::text AND r.state IN ('agreed', 'executed')) THEN
        RAISE EXCEPTION 'a change of the database is carried out after its chain has agreed (C13.6)'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'accounts_change_by_chain';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_change_by_chain BEFORE UPDATE OR DELETE ON accounts_databasechange
    FOR EACH ROW EXECUTE FUNCTION accounts_change_by_chain();
CREATE FUNCTION accounts_change_begins() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.state <> 'drafted' THEN
        RAISE EXCEPTION 'a change of the database begins as a draft (C13.6)'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'accounts_change_begins';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_change_begins BEFORE INSERT ON accounts_databasechange
    FOR EACH ROW EXECUTE FUNCTION accounts_change_begins();
"""
NO_CHANGE = """
DROP TRIGGER law_change_by_chain ON accounts_databasechange; DROP FUNCTION accounts_change_by_chain();
DROP TRIGGER law_change_begins ON accounts_databasechange; DROP FUNCTION accounts_change_begins();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_vault_law"),
        ("approvals", "0007_rows_asked_anew"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="GrantReview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("opened_for", models.DateTimeField(unique=True)),
                ("opened_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("clause", models.CharField(max_length=20)),
                ("closed_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "review of grants",
                "verbose_name_plural": "reviews of grants",
            },
        ),
        migrations.CreateModel(
            name="SecurityReport",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("opened_for", models.DateTimeField(unique=True)),
                ("at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("clause", models.CharField(max_length=20)),
                ("packages", models.JSONField()),
                ("found", models.JSONField()),
                ("file_sha256", models.CharField(blank=True, max_length=64)),
                ("file_at", models.DateTimeField(null=True)),
                ("problem", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "verbose_name": "security report",
                "verbose_name_plural": "security reports",
            },
        ),
        migrations.CreateModel(
            name="DatabaseChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("why", models.TextField(max_length=2000, verbose_name="why")),
                ("plan", models.TextField(max_length=4000, verbose_name="plan")),
                (
                    "continuity",
                    models.TextField(max_length=2000, verbose_name="how data go on and history stays usable"),
                ),
                ("rollback", models.TextField(max_length=2000, verbose_name="how it is taken back")),
                ("tested", models.TextField(max_length=2000, verbose_name="what the test showed")),
                (
                    "done_by",
                    models.CharField(
                        choices=[("in_house", "in house"), ("outside", "by an outside firm")],
                        max_length=9,
                        verbose_name="who does it",
                    ),
                ),
                (
                    "how",
                    models.CharField(
                        choices=[("modify", "modify"), ("redevelop", "redevelop")],
                        max_length=9,
                        verbose_name="how",
                    ),
                ),
                ("firm", models.CharField(blank=True, max_length=120, verbose_name="outside firm")),
                ("starts_at", models.DateTimeField(verbose_name="window from")),
                ("ends_at", models.DateTimeField(verbose_name="window to")),
                (
                    "asked",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30), default=list, size=None
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("drafted", "opinions are gathered"),
                            ("asked", "being decided on"),
                            ("agreed", "agreed, to be carried out"),
                            ("done", "carried out"),
                            ("rolled_back", "rolled back"),
                            ("dropped", "not pursued"),
                        ],
                        default="drafted",
                        max_length=11,
                    ),
                ),
                ("drafted_at", models.DateTimeField()),
                ("ran_from", models.DateTimeField(null=True, verbose_name="carried out from")),
                ("ran_to", models.DateTimeField(null=True, verbose_name="carried out to")),
                ("outcome", models.TextField(blank=True, max_length=2000, verbose_name="outcome")),
                (
                    "drafted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "change of the database",
                "verbose_name_plural": "changes of the database",
            },
        ),
        migrations.CreateModel(
            name="ChangeFeedback",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("text", models.TextField(max_length=2000, verbose_name="what is inconvenient")),
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
                    "change",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="feedback",
                        to="accounts.databasechange",
                    ),
                ),
            ],
            options={
                "verbose_name": "feedback on a change",
                "verbose_name_plural": "feedback on changes",
            },
        ),
        migrations.CreateModel(
            name="GrantWord",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "decision",
                    models.CharField(
                        choices=[("keep", "needed further on"), ("end", "to be ended")], max_length=4
                    ),
                ),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
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
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="words", to="accounts.grant"
                    ),
                ),
                (
                    "review",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="words",
                        to="accounts.grantreview",
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
                "verbose_name": "word on a grant",
                "verbose_name_plural": "words on grants",
            },
        ),
        migrations.CreateModel(
            name="Procedure",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("code", models.CharField(max_length=30)),
                ("number", models.PositiveSmallIntegerField()),
                ("text", models.TextField(max_length=20000, verbose_name="text")),
                ("sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "procedure",
                "verbose_name_plural": "procedures",
            },
        ),
        migrations.CreateModel(
            name="ProcedureRead",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "procedure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="readers",
                        to="accounts.procedure",
                    ),
                ),
            ],
            options={
                "verbose_name": "reading of a procedure",
                "verbose_name_plural": "readings of procedures",
            },
        ),
        migrations.CreateModel(
            name="RoomEntry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("visitor", models.CharField(blank=True, max_length=120, verbose_name="visitor")),
                ("purpose", models.CharField(max_length=300, verbose_name="purpose")),
                ("entered_at", models.DateTimeField(verbose_name="entered")),
                ("by_post", models.BooleanField(default=False)),
                ("at", models.DateTimeField()),
                (
                    "employee",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="room_entries",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "noted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "entry to the machine room",
                "verbose_name_plural": "entries to the machine room",
            },
        ),
        migrations.CreateModel(
            name="RoomExit",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("done", models.CharField(blank=True, max_length=500, verbose_name="what was done")),
                ("left_at", models.DateTimeField(verbose_name="left")),
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exit",
                        to="accounts.roomentry",
                    ),
                ),
                (
                    "noted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "exit from the machine room",
                "verbose_name_plural": "exits from the machine room",
            },
        ),
        migrations.CreateModel(
            name="RoomGrant",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("visitor", models.CharField(blank=True, max_length=120, verbose_name="visitor")),
                ("starts_at", models.DateTimeField(verbose_name="from")),
                ("ends_at", models.DateTimeField(verbose_name="to")),
                ("authority_clause", models.CharField(blank=True, max_length=20)),
                ("at", models.DateTimeField()),
                (
                    "employee",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="room_grants",
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
                "verbose_name": "leave to enter the machine room",
                "verbose_name_plural": "leaves to enter the machine room",
            },
        ),
        migrations.AddField(
            model_name="roomentry",
            name="grant",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="accounts.roomgrant",
            ),
        ),
        migrations.CreateModel(
            name="SectionOpinion",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("position", models.CharField(max_length=30)),
                ("agrees", models.BooleanField()),
                ("text", models.TextField(max_length=2000, verbose_name="opinion")),
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
                    "change",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="opinions",
                        to="accounts.databasechange",
                    ),
                ),
            ],
            options={
                "verbose_name": "opinion of a section",
                "verbose_name_plural": "opinions of sections",
            },
        ),
        migrations.CreateModel(
            name="SecuritySignature",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("done", models.TextField(max_length=2000, verbose_name="what was done")),
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
                    "report",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signature",
                        to="accounts.securityreport",
                    ),
                ),
            ],
            options={
                "verbose_name": "signature under a security report",
                "verbose_name_plural": "signatures under security reports",
            },
        ),
        migrations.AddConstraint(
            model_name="databasechange",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="db_change_window"
            ),
        ),
        migrations.AddConstraint(
            model_name="databasechange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("done_by", "in_house"), models.Q(("firm", ""), _negated=True), _connector="XOR"
                ),
                name="db_change_firm",
            ),
        ),
        migrations.AddConstraint(
            model_name="databasechange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ("done", "rolled_back")), _negated=True),
                    models.Q(
                        ("ended_by__isnull", False),
                        ("ran_from__isnull", False),
                        ("ran_to__gte", models.F("ran_from")),
                        models.Q(("outcome", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="db_change_told",
            ),
        ),
        migrations.AddConstraint(
            model_name="grantword",
            constraint=models.UniqueConstraint(fields=("review", "grant"), name="grant_word_once"),
        ),
        migrations.AddConstraint(
            model_name="grantword",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decision", "keep"), ("run", None)), ("decision", "end"), _connector="OR"
                ),
                name="grant_word_run",
            ),
        ),
        migrations.AddConstraint(
            model_name="procedure",
            constraint=models.UniqueConstraint(fields=("code", "number"), name="procedure_version"),
        ),
        migrations.AddConstraint(
            model_name="procedureread",
            constraint=models.UniqueConstraint(fields=("procedure", "employee"), name="procedure_read_once"),
        ),
        migrations.AddConstraint(
            model_name="roomgrant",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="room_grant_forward"
            ),
        ),
        migrations.AddConstraint(
            model_name="roomgrant",
            constraint=models.CheckConstraint(
                condition=models.Q(("employee", None), ("visitor", ""), _connector="XOR"),
                name="room_grant_person_or_visitor",
            ),
        ),
        migrations.AddConstraint(
            model_name="roomentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("employee", None), ("visitor", ""), _connector="XOR"),
                name="room_entry_person_or_visitor",
            ),
        ),
        migrations.AddConstraint(
            model_name="roomentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("by_post", False),
                    models.Q(("employee__isnull", False), ("grant", None)),
                    _connector="OR",
                ),
                name="room_entry_one_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="roomentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("entered_at__lte", models.F("at"))), name="room_entry_happened"
            ),
        ),
        *[insert_only(table) for table in LAW_TABLES],
        authorised(
            "accounts_roomgrant",
            "accounts.machine_room",
            {"employee_id": "person", "visitor": "visitor", "starts_at": "from", "ends_at": "to"},
        ),
        dated("accounts_roomgrant"),
        migrations.RunSQL(ENTRY, NO_ENTRY),
        migrations.RunSQL(CHANGE, NO_CHANGE),
    ]
