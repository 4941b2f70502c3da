"""What every act that is carried out in a shop asks for: the word of where it can be seen."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from office.approvals.models import Run
from office.errors import Invalid


def require_evidence(run: Run) -> None:
    """Raises Invalid where the chain names an executor and he does not say where his work can be seen."""
    if run.executor and not run.execution_evidence:
        message = _("Please say where it can be seen: the address of the page, or the number in the shop.")
        raise Invalid(
            message,
            errors=[{"path": "words", "code": "required", "message": str(message)}],
            code="execution_evidence",
            clause=run.clause,
        )
