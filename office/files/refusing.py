"""What a file is refused with before it is kept."""

from __future__ import annotations


class NotAccepted(ValueError):
    """A file that is refused whatever its size.

    `code` is stable: unknown, svg, macros, embedded, legacy_office, archive, damaged, remote, bomb, active, locked.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
