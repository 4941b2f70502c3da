"""What other apps use of the trail: `from office.audit import api as audit`."""

from office.audit.exports import record_export
from office.audit.registry import UnknownVerb, register_incidents, register_verbs, register_verifier
from office.audit.selectors import EntryRow, TimelineRow, acts_of, timeline
from office.audit.services import Act, Somebody, incident, record, record_many, reserve

__all__ = [
    "Act",
    "EntryRow",
    "Somebody",
    "TimelineRow",
    "UnknownVerb",
    "acts_of",
    "incident",
    "record",
    "record_export",
    "record_many",
    "register_incidents",
    "register_verbs",
    "register_verifier",
    "reserve",
    "timeline",
]
