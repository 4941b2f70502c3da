from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    name = "office.notices"
    label = "notices"
    verbose_name = _("Notices")

    def ready(self) -> None:
        from office import crypto
        from office.audit import api as audit
        from office.notices import channels, staff_news
        from office.subjects import register_subject

        audit.register_verbs(
            {
                "notices.channel_create": _("Channel made"),
                "notices.channel_change": _("Channel changed"),
                "notices.channel_on": _("Channel switched on"),
                "notices.channel_off": _("Channel switched off"),
                "notices.channel_test": _("Test message sent"),
                "notices.retry": _("Messages sent again"),
            }
        )
        staff_news.register()
        crypto.register_resealer("channel settings", channels.reseal)
        register_subject("channel", _("Notice channel"), lambda pk: reverse("notices:channel", args=[pk]))
