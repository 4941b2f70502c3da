"""The wiring of what desks and engines may not import from each other."""

from __future__ import annotations

from django.apps import AppConfig


class EcdeptConfig(AppConfig):
    name = "ecdept"
    label = "ecdept"
    verbose_name = "ecdept"

    def ready(self) -> None:
        from django.core import checks
        from django.utils.translation import gettext_lazy as _

        from ecdept import backing_up, celery, complaints, holdings, proofs, second_factor, stock
        from ecdept.demo.marker import VERB
        from office import breached
        from office.audit import api as audit
        from office.subjects import register_subject

        celery.app.set_default()  # tasks sent by the web find the broker
        audit.register_verbs({VERB: _("Demo company loaded")})
        register_subject("demo", _("Demo"))
        checks.register(lambda **_given: breached.check(), checks.Tags.security)
        second_factor.connect()
        proofs.connect()
        stock.connect()
        holdings.connect()
        complaints.connect()
        backing_up.connect()
