"""Files that are sent to the vault stay in memory: no disk sees them, whether they are taken or not."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files import uploadedfile, uploadhandler
from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import VaultImport
from accounts.services.vault import importing
from accounts.views import vault_uploads
from tests.accounts.access.test_confirm_again import grown_old
from tests.accounts.vault import stage
from tests.accounts.vault.browser import custodian
from tests.people import person

pytestmark = pytest.mark.django_db
LARGE = b"name,url,username,password\n" + b"A,,u,canary-on-the-disk-9\n" * 120_000


@pytest.fixture(autouse=True)
def _vault(monkeypatch: pytest.MonkeyPatch) -> None:
    """No file of an upload may be made."""

    def made(*args: object, **kwargs: object) -> None:
        raise AssertionError("an upload was written to a disk")

    for module in (uploadedfile, uploadhandler):
        monkeypatch.setattr(module, "TemporaryUploadedFile", made)
    stage.set_up("qian_it")
    stage.safe()


def send(client: Client, data: bytes, name: str = "import", *args: object, **more: Any) -> Any:
    form = {"kind": "blog", "custodians": [person("qian_it").pk], "field": "file", **more}
    return client.post(
        reverse(f"accounts:{name}", args=args), {**form, "file": SimpleUploadedFile("a.csv", data)}
    )


def test_a_file_that_is_too_large_is_refused_unwritten() -> None:
    account = stage.account(custodians=("qian_it",), by="qian_it", owner=person("qian_it").pk)
    client = custodian("qian_it")
    refused = send(client, LARGE)
    assert refused.status_code == 422
    assert "1 MB" in refused.content.decode()
    for place in (("new",), ("secret", account.pk)):
        answer = client.post(
            reverse(f"accounts:{place[0]}", args=place[1:]),
            {
                "kind": "blog", "name": "x", "owner": person("qian_it").pk, "custodians": [person("qian_it").pk],
                "field": "file", "file": SimpleUploadedFile("a.key", LARGE),
            },
        )  # fmt: skip
        assert answer.status_code == 422, place
        assert "256 KB" in answer.content.decode(), place


@pytest.mark.parametrize("stands", ["locked", "stale", "taken", "broken"])
def test_a_file_is_written_nowhere_however_it_ends(stands: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client = custodian("qian_it", opened=stands != "locked")
    if stands == "stale":
        grown_old(client)
    if stands == "broken":
        client.raise_request_exception = False
        monkeypatch.setattr(importing, "import_accounts", lambda **_given: 1 / 0)
    data = b"name,url,username,password\nA,,u,canary-9-Schilfrohr\n"
    held: list[Any] = []
    shred = vault_uploads.shred

    def seen(upload: Any) -> None:
        held.append(upload.file)
        shred(upload)

    monkeypatch.setattr(vault_uploads, "shred", seen)
    answer = send(client, LARGE if stands in ("locked", "stale") else data)
    assert answer.status_code == (500 if stands == "broken" else 302)
    assert VaultImport.objects.exists() == (stands == "taken")
    # Who has not confirmed who he is: nothing was even read.
    assert len(held) == (0 if stands == "stale" else 1)
    assert all(file.closed for file in held)


class Watched(io.BytesIO):
    """What it holds when it is closed."""

    last = b""

    def close(self) -> None:
        if not self.closed:
            self.last = self.getvalue()
        super().close()


def test_what_lay_in_memory_is_overwritten() -> None:
    file = Watched(b"canary 12")
    vault_uploads.shred(InMemoryUploadedFile(file, "file", "a.csv", "text/csv", 9, None))
    assert (file.closed, file.last) == (True, bytes(9))


def test_a_form_of_another_site_is_refused_all_the_same() -> None:
    client = custodian("qian_it")
    client.handler.enforce_csrf_checks = True
    assert send(client, b"name,url,username,password\nA,,u,p\n").status_code == 403
    assert not VaultImport.objects.exists()
