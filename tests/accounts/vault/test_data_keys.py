"""Each version has a data key of its own, and what it seals opens at its own place alone."""

from __future__ import annotations

import pytest

from accounts.models import Sealed
from accounts.services.vault import proposing, sealing
from accounts.services.vault.sealing import Secret
from office import boxes
from office.crypto import Unreadable
from tests.accounts.vault import stage
from tests.accounts.vault.stage import CANARY, now, opened
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C8.2")]


@pytest.fixture
def sealed() -> Sealed:
    stage.set_up("shen_operations", "qian_it")
    stage.safe()
    return stage.secret(stage.account(secrets=[stage.password(), Secret("codes", b"1234")]))


def keys() -> list[bytes]:
    return [sealing.data_key_of(each, opened("qian_it")) for each in Sealed.objects.order_by("pk")]


def test_no_two_versions_share_a_data_key(sealed: Sealed) -> None:
    account = sealed.account
    stage.decide(
        proposing.propose_secret(
            account_id=account.pk, secret=stage.password("Eisvogel-77-Schilfrohr"), opened=opened("qian_it"),
            by=person("qian_it"), now=now(),
        )
    )  # fmt: skip
    before = keys()
    assert len(set(before)) == len(before) == 3
    stage.decide(
        proposing.propose_custodians(
            account_id=account.pk, custodians=stage.ids("qian_it"), opened=opened("qian_it"), by=person("qian_it"),
            now=now(),
        )
    )  # fmt: skip
    after = keys()
    assert len(set(after)) == len(after) == 5


@pytest.mark.parametrize("other", [{"account_id": 999}, {"number": 2}, {"field": "codes"}])
def test_a_secret_opens_at_its_own_place_alone(sealed: Sealed, other: dict[str, object]) -> None:
    key = sealing.data_key_of(sealed, opened("qian_it"))
    assert boxes.unbind(key, bytes(sealed.ciphertext), sealed.place) == CANARY.encode()
    elsewhere = Sealed(account_id=sealed.account_id, number=sealed.number, field=sealed.field)
    for name, value in other.items():
        setattr(elsewhere, name, value)
    with pytest.raises(Unreadable):
        boxes.unbind(key, bytes(sealed.ciphertext), elsewhere.place)
