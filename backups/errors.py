"""What stops a backup, a drill or a restore, in one sentence for whoever has to act."""

from __future__ import annotations


class Failed(Exception):
    """`code` tells kinds of failure apart: no_key, busy, disk, dump, restore, wrong_key, broken, unreachable, …"""

    def __init__(self, words: str, *, code: str = "failed") -> None:
        super().__init__(words)
        self.code = code
