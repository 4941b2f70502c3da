"""Who acts through this process right now, for incidents: a refused raw statement does not carry its author.

Verbs take `by`; nothing but the naming of incidents reads this.
"""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from django.http import HttpRequest, HttpResponseBase


@dataclass(frozen=True, slots=True)
class Acting:
    """`channel` is page, admin, api, shell, command or worker; `request` names the signed-in person when asked."""

    channel: str
    request: HttpRequest | None = None

    def who(self) -> tuple[int | None, str]:
        """(employee id, name). Without a request: nobody's id, and the login of the machine's user."""
        user = getattr(self.request, "user", None) if self.request else None
        if user is not None and user.is_authenticated:
            return user.pk, str(getattr(user, "name", user))
        if self.request is not None:
            return None, ""
        return None, f"{self.channel}: {machine_user()}"


_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)


def acting() -> Acting:
    """The request being served, or what kind of process this is."""
    return _acting.get() or Acting(process_channel())


def machine_user() -> str:
    """The login of the user this process runs as; its number where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without an entry in the user list
        return "?"


def process_channel() -> str:
    """shell for interactive use and `manage.py shell`, worker for Celery, command for other commands."""
    program = Path(sys.argv[0]).name if sys.argv else ""
    if "celery" in program or "celery" in sys.argv[:3]:
        return "worker"
    if sys.argv[1:2] and sys.argv[1] in ("shell", "dbshell", "shell_plus"):
        return "shell"
    return "command" if program in ("manage.py", "dev", "__main__.py") else "shell"


Handler = Callable[[HttpRequest], HttpResponseBase]


class ActingMiddleware:
    """After authentication: from here on an incident names the signed-in person."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        channel = (
            "admin"
            if path.startswith("/admin/")
            else "api"
            if path.startswith(("/api/", "/hooks/"))
            else "page"
        )
        token = _acting.set(Acting(channel, request))
        try:
            return self.get_response(request)
        finally:
            _acting.reset(token)
