from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FilesConfig(AppConfig):
    name = "office.files"
    label = "files"
    verbose_name = _("Files")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from office.audit.api import register_incidents, register_verbs
        from office.subjects import register_subject

        register_incidents({"virus": _("An upload with a virus, refused")})
        register_verbs({"files.keep": _("File kept"), "files.accept_smaller": _("Smaller picture accepted")})
        register_subject("file", _("File"))
