"""Each quarter somebody shows that the private key still exists; it is used and not kept."""

from __future__ import annotations

import base64
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction

from backups import container, stores
from backups.container import Reader
from backups.models import BackupKey, BackupRun, Copy, KeyProof
from backups.services import keys, proving
from office import boxes
from office.audit.models import Entry
from office.deadlines.models import Deadline
from office.errors import Conflict, Forbidden, Invalid
from office.notices.models import Notice
from tests.backups.rows import DAY, NOW, done
from tests.backups.tools import command
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C13.8")]
#: The first of January, a minute after nine in Shanghai.
QUARTER = dt.datetime(2027, 1, 1, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def text() -> str:
    """The private key of a world with one real stored file."""
    for who in ("sun_admin", "qian_it", "zhou_general", "li_lei"):
        person(who)
    _key, text = keys.make_key(now=NOW)
    run = done(NOW, files=False)
    name = Copy.objects.get(run=run, role="main").name
    container.write(
        stores.local_folder() / name, backup_id=run.backup_id, kind="database", made_at=NOW.isoformat(),
        to=keys.recipients(), parts=[("dump", [b"x"])], manifest=dict,
    )  # fmt: skip
    return text


def prove(text: str, who: str = "sun_admin", now: dt.datetime = QUARTER + DAY) -> KeyProof:
    return proving.prove_key(text=text, by=person(who), now=now)


def test_it_is_asked_once_a_quarter_and_it_hears_of_it(text: str) -> None:
    assert proving.open_proof(now=NOW) is None  # the key was made in this quarter
    proof = proving.open_proof(now=QUARTER)
    assert proof is not None
    assert (proof.clause, proof.due_at.date()) == ("C13.8", (QUARTER + 14 * DAY).date())
    assert proving.open_proof(now=QUARTER + DAY) is None
    assert Deadline.objects.exclude(state="met").get(subject_type="key_proof").subject_id == str(proof.pk)
    assert Notice.objects.filter(kind="backups.proof_asked", recipient=person("zhou_general")).count() == 1


def test_the_right_key_proves_it_and_is_not_kept(text: str) -> None:
    opened = proving.open_proof(now=QUARTER)
    proof = prove(text.lower().replace("-", " "))
    assert proof.pk == opened.pk  # type: ignore[union-attr]
    assert (proof.proved_by, proof.key, proof.run) == (
        person("sun_admin"), BackupKey.objects.get(), BackupRun.objects.get(),
    )  # fmt: skip
    assert Deadline.objects.get(subject_type="key_proof").state == "met"
    said: list[Any] = [*Entry.objects.values_list("canonical", flat=True)]
    assert not [each for each in said if text.encode() in bytes(each)]
    with pytest.raises(Conflict):
        prove(text)
    assert proving.open_proof(now=QUARTER + 5 * DAY) is None
    assert proving.open_proof(now=QUARTER + 92 * DAY) is not None


@pytest.mark.parametrize("typed", ["", "ABC", "no key", "中文" * 30, boxes.key_text(b"\1" * 32)])
def test_another_key_or_none_proves_nothing(text: str, typed: str) -> None:
    proving.open_proof(now=QUARTER)
    with pytest.raises(Invalid) as refused:
        prove(typed)
    assert refused.value.errors[0]["path"] == "key"
    assert typed not in str(refused.value) or not typed
    assert KeyProof.objects.get().proved_at is None


def test_who_may_not_run_backups_proves_nothing(text: str) -> None:
    proving.open_proof(now=QUARTER)
    with pytest.raises(Forbidden):
        prove(text, "li_lei")


def test_without_a_stored_file_nothing_is_proved(text: str) -> None:
    proving.open_proof(now=QUARTER)
    for each in stores.local_folder().iterdir():
        each.unlink()
    with pytest.raises(Conflict) as refused:
        prove(text)
    assert refused.value.code == "no_backup"


def test_a_broken_file_proves_nothing(text: str) -> None:
    proving.open_proof(now=QUARTER)
    for each in stores.local_folder().iterdir():
        each.write_bytes(each.read_bytes()[:-5])
    with pytest.raises(Conflict) as refused:
        prove(text)
    assert refused.value.code == "broken"


def test_a_given_proof_stands(text: str) -> None:
    proving.open_proof(now=QUARTER)
    proof = prove(text)
    for change in (
        {"proved_at": None, "proved_by": None, "key": None, "run": None},
        {"proved_by": person("qian_it")},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            KeyProof.objects.filter(pk=proof.pk).update(**change)


def other_keys(settings: Any, write: Any) -> None:
    """Somebody with the public key writes a file, without our ECDEPT_KEYS."""
    ours = settings.ECDEPT_KEYS
    settings.ECDEPT_KEYS = "another:" + base64.b64encode(b"9" * 32).decode()
    write()
    settings.ECDEPT_KEYS = ours


def test_a_file_that_somebody_else_sealed_to_our_key_proves_nothing(text: str, settings: Any) -> None:
    opened = proving.open_proof(now=QUARTER)
    [path] = stores.local_folder().glob("*.ecbak")

    def write(**more: Any) -> None:
        facts = {"backup_id": Reader(path).id, "made_at": NOW.isoformat(), **more}
        container.write(
            path, kind="database", to=keys.recipients(), parts=[("dump", [b"y"])], manifest=dict, **facts
        )

    other_keys(settings, write)
    with pytest.raises(Conflict) as refused:
        prove(text)
    assert refused.value.code == "unproven"
    assert path.name in str(refused.value.message)
    assert "9" * 32 not in str(refused.value.message)
    write(backup_id="of before")  # ours, but another one
    with pytest.raises(Conflict) as refused:
        prove(text)
    assert refused.value.code == "other"
    opened.refresh_from_db()  # type: ignore[union-attr]
    assert opened.proved_at is None  # type: ignore[union-attr]


def test_a_file_from_before_there_were_stamps_proves_it_when_it_is_the_recorded_one(
    text: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    proving.open_proof(now=QUARTER)
    monkeypatch.setattr(Reader, "genuine", lambda _self: False)
    with pytest.raises(Conflict) as refused:
        prove(text)
    assert refused.value.code == "unproven"
    monkeypatch.setattr(Reader, "check", lambda _self: "0" * 64)  # as its record has it
    assert prove(text).proved_at is not None


def test_a_foreign_file_is_not_laid_out(text: str, settings: Any, tmp_path: Path) -> None:
    [path] = stores.local_folder().glob("*.ecbak")
    paper = tmp_path / "k"
    paper.write_text(text)
    command("open_backup", path, to=tmp_path / "ours", key_file=paper)
    assert (tmp_path / "ours" / "dump").read_bytes() == b"x"
    foreign = tmp_path / "foreign.ecbak"
    other_keys(
        settings,
        lambda: container.write(
            foreign, backup_id="z", kind="orders", made_at=NOW.isoformat(), to=keys.recipients(),
            parts=[("orders.jsonl", [b"{}"])], manifest=dict,
        ),
    )  # fmt: skip
    with pytest.raises(CommandError, match=r"Nothing shows that foreign\.ecbak was written here"):
        command("open_backup", foreign, to=tmp_path / "out", key_file=paper)
    assert not (tmp_path / "out").exists()
    command("open_backup", foreign, to=tmp_path / "out", key_file=paper, sha256=[stores.digest_of(foreign)])
    assert (tmp_path / "out" / "orders.jsonl").read_bytes() == b"{}"
