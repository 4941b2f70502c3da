from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    name = "office.audit"
    label = "audit"

    def ready(self) -> None:
        from office.audit.law import grant

        post_migrate.connect(grant, sender=self, dispatch_uid="law.grant")
