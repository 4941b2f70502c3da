"""A new installation begins with short word lists (cms/starter/words.toml); drafts are kept by the approvals engine."""

import tomllib
from pathlib import Path

from django.db import migrations
from django.utils import timezone

STARTER = Path(__file__).resolve().parents[1] / "starter" / "words.toml"


def load(apps, schema_editor):
    lists, versions = apps.get_model("cms", "WordList"), apps.get_model("cms", "WordListVersion")
    now = timezone.now()
    for place, each in enumerate(tomllib.loads(STARTER.read_text(encoding="utf-8"))["lists"], 1):
        found = lists.objects.create(
            code=each["code"], name=each["name"], clause=each["clause"], place=place, created_at=now
        )
        versions.objects.create(
            list=found,
            number=1,
            severity=each["severity"],
            words="\n".join(each["words"]),
            allow="\n".join(each["allow"]),
            active=True,
            at=now,
        )


class Migration(migrations.Migration):
    dependencies = [("cms", "0004_watch_law")]
    operations = [migrations.DeleteModel("Draft"), migrations.RunPython(load, migrations.RunPython.noop)]
