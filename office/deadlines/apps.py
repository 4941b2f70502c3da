from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeadlinesConfig(AppConfig):
    name = "office.deadlines"
    label = "deadlines"
    verbose_name = _("Deadlines")

    def ready(self) -> None:
        from office.audit import api as audit
        from office.deadlines import kinds, selectors
        from office.rulebook import api as rulebook

        kinds.register_notices()
        audit.register_verbs({"deadlines.retry": _("Deadline put back to be told")})
        rulebook.register_state_provider(selectors.state_of_clauses)
