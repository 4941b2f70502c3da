"""Pages and feeds that are fetched from other hosts: only from those that are listed, never from inside the house."""

from office.outbound.fetch import Fetched, allowed_hosts, safe_get
from office.outbound.hosts import AllowedHosts
from office.outbound.problems import Failed, NotAllowed, OutboundError, sentence

__all__ = [
    "AllowedHosts",
    "Failed",
    "Fetched",
    "NotAllowed",
    "OutboundError",
    "allowed_hosts",
    "safe_get",
    "sentence",
]
