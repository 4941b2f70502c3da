"""What other apps use of the trail: `from office.audit import api as audit`."""

from office.audit.exports import record_export
from office.audit.registry import UnknownVerb, register_verbs, register_verifier
from office.audit.selectors import TimelineRow, timeline
from office.audit.services import Act, Somebody, incident, record, record_many, reserve

__all__ = [
    "Act",
    "Somebody",
    "TimelineRow",
    "UnknownVerb",
    "incident",
    "record",
    "record_export",
    "record_many",
    "register_verbs",
    "register_verifier",
    "reserve",
    "timeline",
]
