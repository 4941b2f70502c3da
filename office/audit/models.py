"""The append-only trail, its seals, and incidents.

`Entry` and `Seal` are insert-only: a law trigger refuses UPDATE, DELETE and TRUNCATE, and the application's
login does not hold those grants (office.audit.law). The trail stores the actor's id and name, no foreign key.
`IndexKey` is the wrapped key of the keyed hashes (office.crypto), beside the data it belongs to.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from office.audit.lawful import LawModel


class Xid8Field(models.Field[str, str]):
    """A PostgreSQL transaction id (`xid8`), read as a decimal string."""

    def db_type(self, connection: object) -> str:
        return "xid8"


class CurrentTransaction(models.Func):
    """`pg_current_xact_id()`: the transaction that writes the row."""

    function = "pg_current_xact_id"
    output_field = Xid8Field()


class Entry(LawModel):
    """One act. `canonical` is the UTF-8 header of the columns and the data, `digest` its SHA-256.

    canonical = "1␟at␟verb␟subject_type␟subject_id␟subject_label␟actor_id␟actor_name␟acting_for␟clause␟" + data,
    where ␟ is U+001F (no value holds one), at is ISO 8601 UTC with microseconds and Z, actor_id is empty for the
    system, and data is compact JSON with sorted keys.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    verb = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    subject_label = models.CharField(max_length=120, default="")
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=120)
    acting_for = models.CharField(max_length=120)
    clause = models.CharField(max_length=20)
    canonical = models.BinaryField()
    digest = models.BinaryField(max_length=32)
    tx = Xid8Field(db_default=CurrentTransaction(), editable=False)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "id"], name="audit_entry_subject"),
            models.Index(fields=["tx", "id"], name="audit_entry_tx"),
            models.Index(fields=["actor_id", "id"], name="audit_entry_actor"),
            models.Index(fields=["verb", "id"], name="audit_entry_verb"),
        ]


class Seal(LawModel):
    """A Merkle root over entries of one era, chained to the last seal.

    The first seal of an era covers everything that no earlier era sealed, up to `last_id`; each later one covers the
    entries above that id with `previous h <= tx < h`. digest = SHA-256(previous ‖ root ‖ header), header =
    "1␟id␟era␟system_identifier␟h␟at␟entries␟last_id" in UTF-8. An era ends when the database is restored into
    another cluster, where transaction ids start again.
    """

    id = models.BigAutoField(primary_key=True)
    era = models.PositiveIntegerField()
    system_identifier = models.CharField(max_length=24)
    h = Xid8Field()
    at = models.DateTimeField()
    entries = models.PositiveBigIntegerField()
    last_id = models.BigIntegerField(default=0)  # the highest entry id sealed so far
    root = models.BinaryField(max_length=32)
    previous = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")


class Incident(LawModel):
    """A refused attempt on something the law protects (C7.5): who, what, when. Written after the rollback."""

    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    subject_label = models.CharField(max_length=120, default="")
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=120)
    clause = models.CharField(max_length=20, blank=True)
    detail = models.CharField(max_length=500)
    channel = models.CharField(max_length=20)  # page, admin, api, shell, command, worker, sealer

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        ordering = ["-id"]


class Export(LawModel):
    """A file that left the house (C13.5): who took what, by which filters, how many rows. `code` is the mark that the
    file itself carries; `entry_id` the entry of the trail written with it."""

    code = models.CharField(_("export number"), max_length=20, unique=True)
    at = models.DateTimeField()
    verb = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    label = models.CharField(max_length=120, blank=True)
    actor_id = models.BigIntegerField()
    actor_name = models.CharField(max_length=120)
    filters = models.JSONField(default=dict)
    rows = models.PositiveIntegerField()
    format = models.CharField(max_length=10)
    clause = models.CharField(max_length=20)
    entry_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-id"]
        indexes = [models.Index(fields=["actor_id", "-id"], name="export_by_person")]


class IndexKey(models.Model):
    """The random key of this database's keyed hashes, wrapped under the application's key `kek`.

    One row, and a second one while `rotate_keys --reindex` rebuilds the hashes: first the announced key, then the
    retired one, with how far each kind of hashes has come (`progress`: the last id done, by name).
    """

    class Role(models.TextChoices):
        CURRENT = "index", _("in use")
        ANNOUNCED = "index-next", _("announced")
        RETIRED = "index-old", _("retired, some hashes are under it")

    purpose = models.CharField(max_length=20, primary_key=True, choices=Role.choices)
    wrapped = models.BinaryField()
    kek = models.CharField(max_length=20)
    created_at = models.DateTimeField()
    since = models.DateTimeField(null=True)  # in this role; null: since it was made
    progress = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("index key")
        verbose_name_plural = _("index keys")
