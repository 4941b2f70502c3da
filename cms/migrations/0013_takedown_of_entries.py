"""What the public reads on the message board is taken down like content (C6.7, M4.7).

A takedown hides one thing: content or a public message, and lies not before it. A message is shown once; again only by a
request made after its takedown was found to be without ground.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

LAW = """
CREATE FUNCTION cms_entry_takedown_time() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    slack CONSTANT interval := '1 minute';
BEGIN
    IF EXISTS (SELECT FROM cms_boardentry e WHERE e.id = NEW.entry_id AND e.at > NEW.at + slack) THEN
        RAISE EXCEPTION 'a takedown does not lie before what it hides'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_takedown_time';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER takedown_time_entry BEFORE INSERT ON cms_takedown
    FOR EACH ROW EXECUTE FUNCTION cms_entry_takedown_time();

CREATE FUNCTION cms_entry_once() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM FROM cms_boardmessage m WHERE m.id = NEW.message_id FOR UPDATE;
    IF EXISTS (SELECT FROM cms_boardentry e
               LEFT JOIN cms_takedown t ON t.entry_id = e.id
               LEFT JOIN cms_liabilitycase c ON c.takedown_id = t.id
               LEFT JOIN approvals_run r ON r.id = NEW.run_id
               WHERE e.message_id = NEW.message_id
                 AND (c.takedown_id IS NULL OR NOT c.unfounded OR r.id IS NULL OR r.submitted_at < c.decided_at)) THEN
        RAISE EXCEPTION 'a message is shown once; again after its takedown was found without ground (C6.7)'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'board_entry_once';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER entry_once BEFORE INSERT ON cms_boardentry FOR EACH ROW EXECUTE FUNCTION cms_entry_once();
"""

REVERSE = """
DROP TRIGGER entry_once ON cms_boardentry; DROP FUNCTION cms_entry_once();
DROP TRIGGER takedown_time_entry ON cms_takedown; DROP FUNCTION cms_entry_takedown_time();
"""


class Migration(migrations.Migration):
    dependencies = [("cms", "0012_law_of_time"), ("approvals", "0003_activation_law")]

    operations = [
        migrations.AlterField(
            "takedown",
            "item",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="takedowns",
                to="cms.item",
            ),
        ),
        migrations.AddField(
            "takedown",
            "entry",
            models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="takedown",
                to="cms.boardentry",
            ),
        ),
        migrations.AddConstraint(
            "takedown",
            models.CheckConstraint(
                condition=Q(item__isnull=False, entry=None) | Q(item=None, entry__isnull=False),
                name="takedown_of_one",
            ),
        ),
        migrations.RemoveConstraint("boardentry", "board_entry_once"),
        migrations.RunSQL(LAW, REVERSE),
    ]
