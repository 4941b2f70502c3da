"""The verbs of channels. Their settings (addresses and secrets of robots) are stored sealed and never shown again."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from office import crypto
from office.audit import api as audit
from office.errors import Invalid, NotFound
from office.notices import senders
from office.notices.models import Channel, OutboxMessage, Subscription
from office.staff.models import Employee
from office.subjects import Subject

_PURPOSE = "notices.channel"


def config_of(channel: Channel) -> dict[str, str]:
    """{"url": …, "secret": …}, either may be missing. Raises crypto.Unreadable."""
    found: dict[str, str] = json.loads(crypto.open_app(_PURPOSE, bytes(channel.sealed_config)))
    return found


def locked(channel_id: int) -> Channel:
    """The channel's row, locked. Raises NotFound."""
    channel = Channel.objects.select_for_update().filter(pk=channel_id).first()
    if channel is None:
        raise NotFound(_("There is no such channel."))
    return channel


def create_channel(
    *,
    name: str,
    kind: str,
    config: Mapping[str, str],
    urgent_only: bool,
    positions: Iterable[str],
    people: Iterable[int],
    by: Employee | None,
    now: datetime,
) -> Channel:
    """Raises Invalid for a name that is taken."""
    try:
        with transaction.atomic():
            channel = Channel.objects.create(
                name=name, kind=kind, sealed_config=_sealed(config), urgent_only=urgent_only, created_at=now
            )
            _subscribe(channel, positions, people)
            _record("notices.channel_create", channel, by, now)
            return channel
    except IntegrityError as error:
        raise _taken(name) from error


def change_channel(
    *,
    channel_id: int,
    name: str,
    config: Mapping[str, str],
    urgent_only: bool,
    positions: Iterable[str],
    people: Iterable[int],
    by: Employee | None,
    now: datetime,
) -> Channel:
    """`config` holds only what is new: what is left out stays as it is. Raises NotFound, Invalid."""
    try:
        with transaction.atomic():
            channel = locked(channel_id)
            channel.name, channel.urgent_only = name, urgent_only
            if config:
                try:
                    known = config_of(channel)
                except crypto.Unreadable:
                    known = {}  # its key is gone; what is typed now replaces it
                channel.sealed_config = _sealed({**known, **config})
            channel.save(update_fields=["name", "urgent_only", "sealed_config"])
            _subscribe(channel, positions, people)
            _record("notices.channel_change", channel, by, now, settings_changed=bool(config))
            return channel
    except IntegrityError as error:
        raise _taken(name) from error


def set_enabled(*, channel_id: int, enabled: bool, by: Employee | None, now: datetime) -> Channel:
    """Off: what still waits is given up, so that nothing stale leaves when the channel is switched on again."""
    with transaction.atomic():
        channel = locked(channel_id)
        if channel.enabled != enabled:
            channel.enabled = enabled
            channel.save(update_fields=["enabled"])
            if not enabled:
                OutboxMessage.objects.filter(channel=channel, state=OutboxMessage.State.WAITING).update(
                    state=OutboxMessage.State.DEAD, last_error=gettext_noop("the channel was switched off")
                )
            _record("notices.channel_on" if enabled else "notices.channel_off", channel, by, now)
        return channel


def send_test(*, channel_id: int, by: Employee, now: datetime) -> str:
    """Hands a test message over at once; "" when it was taken, else why not. Raises NotFound."""
    channel = Channel.objects.filter(pk=channel_id).first()
    if channel is None:
        raise NotFound(_("There is no such channel."))
    message = senders.Message(
        id=str(uuid.uuid4()),
        title=gettext("Test message"),
        text=gettext("The channel works. Sent by {name}.").format(name=by.name),
        clause="",
        label=channel.name,
        said=channel.name,
        url="",
        urgent=False,
        kind="notices.test",
        at=now,
        to=by.email,
    )
    try:
        senders.send(channel.kind, config_of(channel), message)
        problem = ""
    except senders.SendFailed as error:
        problem = str(error)
    except crypto.Unreadable:
        problem = gettext_noop("the channel's settings cannot be read: their key is not configured")
    with transaction.atomic():
        _record("notices.channel_test", channel, by, now, taken=not problem)
    return problem


def reseal(limit: int) -> int:
    """One step of a key rotation: settings under an older key, up to `limit` of them, under the newest."""
    done = 0
    with transaction.atomic():
        for channel in Channel.objects.select_for_update().order_by("pk"):
            fresh = crypto.reseal_app(_PURPOSE, bytes(channel.sealed_config))
            if fresh is not None and done < limit:
                channel.sealed_config = fresh
                channel.save(update_fields=["sealed_config"])
                done += 1
    return done


def _sealed(config: Mapping[str, str]) -> bytes:
    return crypto.seal_app(_PURPOSE, json.dumps(dict(config)).encode())


def _subscribe(channel: Channel, positions: Iterable[str], people: Iterable[int]) -> None:
    wanted: set[tuple[str, int | None]] = {(position, None) for position in positions}
    wanted |= {("", employee_id) for employee_id in people}
    known = {(each.position, each.employee_id): each.pk for each in channel.subscriptions.all()}
    Subscription.objects.filter(pk__in=[pk for key, pk in known.items() if key not in wanted]).delete()
    Subscription.objects.bulk_create(
        [
            Subscription(channel=channel, position=position, employee_id=employee_id)
            for position, employee_id in sorted(wanted - known.keys(), key=str)
        ]
    )


def _record(verb: str, channel: Channel, by: Employee | None, now: datetime, **data: bool) -> None:
    audit.record(
        verb,
        subject=Subject("channel", str(channel.pk), channel.name),
        by=by,
        now=now,
        data={"kind": channel.kind, "urgent_only": channel.urgent_only, **data},
    )


def _taken(name: str) -> Invalid:
    text = _("There is already a channel of that name.")
    return Invalid(text, errors=[{"path": "name", "code": "taken", "message": str(text)}], name=name)
