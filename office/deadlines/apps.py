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
        from office.rulebook.words import register_rule_names

        kinds.register_notices()
        audit.register_verbs({"deadlines.retry": _("Deadline put back to be told")})
        register_rule_names(kinds.named)
        rulebook.register_state_provider(selectors.state_of_clauses)
