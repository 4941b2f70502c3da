"""A message on its way out, and why one did not get there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


class SendFailed(Exception):
    """The other side did not take the message. The reason is short and holds no secret: robots carry theirs in the
    address, so no address and no library message ever gets into it. `only_this`: the channel itself is fine."""

    def __init__(self, reason: str, *, only_this: bool = False) -> None:
        super().__init__(reason)
        self.only_this = only_this


@dataclass(frozen=True, slots=True)
class Message:
    """One notice in its reader's language. `at` is now, for signatures; `url` leads to the subject's page or is "".
    `label` is the subject's for machines ("TM01/88"), `said` what people call it. `phone`: to whom a gateway for text
    messages sends it; "" for what goes to a group or a mailbox."""

    id: str
    title: str
    text: str
    clause: str
    label: str
    url: str
    urgent: bool
    kind: str
    at: datetime
    to: str = ""
    said: str = ""
    phone: str = ""

    @property
    def lines(self) -> str:
        """Plain text for chats and mail bodies."""
        head = f"【{self.title}】" if self.title else ""
        tail = [part for part in (self.clause, self.url) if part]
        return "\n".join([head + self.text, *tail])
