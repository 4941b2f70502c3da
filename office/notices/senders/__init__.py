"""Ways out of the house: each sender hands one message over and reads whether it was taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from office.notices.models import Channel
from office.notices.senders import email, robots, webhook
from office.notices.senders.message import Message, SendFailed

Sender = Callable[[Mapping[str, str], Message], None]

_SENDERS: dict[str, Sender] = {
    Channel.Kind.EMAIL: email.send,
    Channel.Kind.DINGTALK: robots.send_dingtalk,
    Channel.Kind.WECOM: robots.send_wecom,
    Channel.Kind.FEISHU: robots.send_feishu,
    Channel.Kind.WEBHOOK: webhook.send,
}


def send(kind: str, config: Mapping[str, str], message: Message) -> None:
    """Hand the message to a channel of that kind. Raises SendFailed unless the other side said that it took it."""
    _SENDERS[kind](config, message)


__all__ = ["Message", "SendFailed", "send"]
