from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "office.audit"
    label = "audit"
    verbose_name = _("Audit trail")

    def ready(self) -> None:
        from office import crypto
        from office.audit import index_key, watch
        from office.audit.law import grant
        from office.audit.registry import register_incidents, register_verbs

        post_migrate.connect(grant, sender=self, dispatch_uid="law.grant")
        post_migrate.connect(index_key.make, sender=self, dispatch_uid="audit.index_key")
        connection_created.connect(watch.install, dispatch_uid="law.watch")
        register_verbs(
            {
                "audit.incident": _("Refused, and recorded"),
                "audit.rotate_keys": _("Keys rotated"),
                "audit.reindex_begun": _("A new index key: rebuilding of the keyed indexes begun"),
                "audit.reindexed": _("All keyed indexes rebuilt, the old index key destroyed"),
            }
        )
        register_incidents(
            {
                "law": _("An attempt to change what is law, refused"),
                "unsealed": _("Entries of the trail wait too long for their seal"),
                "seals_log": _("The log of seals knows more than the database"),
            }
        )
        crypto.register_index_keys(index_key.load)
        crypto.register_resealer("index key", index_key.reseal)
