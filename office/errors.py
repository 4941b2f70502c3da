"""Refusals: what a verb raises when a rule or a fact forbids the act.

One middleware turns them into a page or a JSON body that says what, where and why. A refusal carries no
customer's data: `params` may be logged.
"""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """An act that was refused. `code` is stable for machines, `message` a translated sentence for people.

    `clause` is the rulebook clause the refusal rests on, or "". `params` are facts that help to go on
    (who won, until when), JSON-able. `status` is the HTTP status that fits.
    """

    status = 422
    code = "refused"

    def __init__(self, message: object, *, code: str = "", clause: str = "", **params: Any) -> None:
        super().__init__(str(message))
        self.message = message
        if code:
            self.code = code
        self.clause = clause
        self.params = params


class Conflict(Refused):
    """The thing has moved on since it was read: somebody else was first, or its state forbids the act."""

    status = 409
    code = "conflict"


class Invalid(Refused):
    """What was given is not acceptable. `errors` is a list of {path, code, message}."""

    code = "invalid"

    def __init__(self, message: object, *, errors: list[dict[str, str]] | None = None, **params: Any) -> None:
        super().__init__(message, **params)
        self.errors = errors or []


class Forbidden(Refused):
    """This person's posts do not allow the act."""

    status = 403
    code = "forbidden"


class NotFound(Refused):
    """No such thing, or nothing this person may know of."""

    status = 404
    code = "not_found"
