"""A supplier's contact with a link, before the door and inside it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contracts.models import DoorLink, Supplier, SupplierContact
from contracts.services.door import codes, links
from office.notices import channels
from office.notices.models import Channel
from tests.people import person


def now() -> dt.datetime:
    return timezone.now()


def contact(
    code: str = "HD", *, phone: str = "13800001111", mail: str = "wang@hd.example.com"
) -> SupplierContact:
    """王经理 of 宏达家具, or of another supplier by its code."""
    supplier, _made = Supplier.objects.get_or_create(
        code=code, defaults={"name": f"{code}家具有限公司", "created_at": now() - dt.timedelta(days=400)}
    )
    return SupplierContact.objects.create(
        supplier=supplier, name="王经理", phone=phone, mail=mail, created_at=now() - dt.timedelta(days=400)
    )


def sms(url: str = "https://sms.example.com/send") -> Channel:
    """The gateway for text messages is switched on."""
    return channels.create_channel(
        name="sms", kind=Channel.Kind.WEBHOOK, config={"url": url}, urgent_only=False, positions=[],
        people=[], by=None, now=now(),
    )  # fmt: skip


def mail() -> Channel:
    return channels.create_channel(
        name="mail", kind=Channel.Kind.EMAIL, config={}, urgent_only=False, positions=[], people=[], by=None,
        now=now(),
    )  # fmt: skip


def send(
    to: SupplierContact, purpose: str = "papers", paper: int | None = None, **more: object
) -> links.Sent:
    given = {"by": person("luo_buyer"), "now": now(), **more}
    return links.send_link(contact_id=to.pk, purpose=purpose, paper_id=paper, **given)  # type: ignore[arg-type]


@dataclass
class Visitor:
    """A phone at the door."""

    client: Client
    token: str
    link: DoorLink

    def at(self, page: str, *args: object) -> str:
        return reverse(f"door:{page}", args=[self.token, *args])


def inside(sent: links.Sent) -> Visitor:
    """Has shown a code that a buyer read out."""
    visitor = outside(sent)
    digits = codes.read_out(link_id=sent.link.pk, by=person("luo_buyer"), now=now())
    answer = visitor.client.post(visitor.at("come_in"), {"code": digits})
    assert answer.status_code == 302, answer.content
    return visitor


def outside(sent: links.Sent) -> Visitor:
    return Visitor(Client(), sent.token, sent.link)
