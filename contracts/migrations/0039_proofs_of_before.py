"""What suppliers said at the door before there were proofs counts as said there: it gets its proof now."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

from django.db import migrations

from office import crypto


def prove(apps: Any, _editor: Any) -> None:
    """As contracts/services/proving.py has it at the time of this migration."""
    event, proof = apps.get_model("contracts", "OrderEvent"), apps.get_model("contracts", "DoorProof")
    for each in event.objects.filter(contact__isnull=False).order_by("pk").iterator(chunk_size=1000):
        row = [
            each.pk, each.order_id, each.line_id, each.word, each.contact_id, each.by_id, each.text, each.file_id,
            each.data, each.at.astimezone(UTC).isoformat(timespec="microseconds"),
        ]  # fmt: skip
        said = json.dumps(row, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")
        proof.objects.create(event=each, mac=crypto.mac("contracts.door_word", said).hex())


class Migration(migrations.Migration):
    dependencies = [("contracts", "0038_door_proofs"), ("audit", "0006_index_key_roles")]

    operations = [migrations.RunPython(prove, migrations.RunPython.noop)]
