"""The operator's list of breached passwords: found wherever it stands in the file, and refused where it matters."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.services.vault import keys, sealing
from office import breached
from office.errors import Invalid
from office.rulebook.validators import BreachedPasswordValidator
from office.staff.services.people import change_password
from tests.accounts.vault import stage
from tests.people import person

pytestmark = pytest.mark.clause("C13.3")
GOOD = "Lantern-Teapot-4821"


def sha1(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


@pytest.fixture
def listed(tmp_path: Path, settings: Any) -> Any:
    """Writes a list of these passwords and names it."""

    def write(*words: str, end: str = "\n", count: str = ":7", upper: bool = True, last: bool = True) -> Path:
        hashes = sorted(sha1(word) for word in words)
        text = end.join((each.upper() if upper else each) + count for each in hashes) + (end if last else "")
        file = tmp_path / "pwned.txt"
        file.write_bytes(text.encode())
        settings.ECDEPT_BREACHED_PASSWORDS = str(file)
        return file

    return write


@pytest.mark.parametrize("count", ["", ":1", ":24230577"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(("upper", "last"), [(True, True), (False, False)])
def test_every_line_is_found_and_no_other(listed: Any, end: str, count: str, upper: bool, last: bool) -> None:
    for size in (1, 2, 3, 7, 200):
        words = [f"word {number}" for number in range(size)]
        listed(*words, end=end, count=count, upper=upper, last=last)
        assert [word for word in words if not breached.known(word)] == []
        assert [number for number in range(300) if breached.known(f"other {number}")] == []
    assert breached.check() == []


def test_counts_of_many_lengths_lead_nobody_astray(listed: Any) -> None:
    file = listed(*(f"word {number}" for number in range(500)))
    lines = file.read_text().splitlines()
    file.write_text("".join(f"{line[:40]}:{10 ** (at % 9)}\n" for at, line in enumerate(lines)))
    assert all(breached.known(f"word {number}") for number in range(500))
    assert not any(breached.known(f"other {number}") for number in range(500))


def test_without_a_list_nothing_is_known_and_an_empty_file_is_none(settings: Any, tmp_path: Path) -> None:
    settings.ECDEPT_BREACHED_PASSWORDS = ""
    assert not breached.known("123456")
    assert breached.check() == []
    (tmp_path / "empty").touch()
    settings.ECDEPT_BREACHED_PASSWORDS = str(tmp_path / "empty")
    assert not breached.known("123456")
    assert "empty" in breached.check()[0].msg


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "No such file"),
        (b"hello\n", "no line of a list"),
        (b"8846F7EAEE8FB117AD06BDD830B7586C:12\n" * 50, "no line of a list"),  # of NTLM
        (b"x" * 100_000, "no line of a list"),
    ],
)
def test_what_is_no_such_list_is_not_taken_for_one(
    content: bytes | None, why: str, settings: Any, tmp_path: Path
) -> None:
    """It would never find anything, and nobody would notice."""
    file = tmp_path / "list"
    if content is not None:
        file.write_bytes(content)
    settings.ECDEPT_BREACHED_PASSWORDS = str(file)
    with pytest.raises(breached.Unusable, match=why) as refused:
        breached.known(GOOD)
    assert GOOD not in str(refused.value)
    assert why in breached.check()[0].msg
    with pytest.raises(ValidationError) as wrong:
        BreachedPasswordValidator().validate(GOOD)
    assert [error.code for error in wrong.value.error_list] == ["breached_unusable"]


def test_a_list_that_is_sorted_by_count_is_told_by_the_check(listed: Any) -> None:
    file = listed(*(f"word {number}" for number in range(50)))
    file.write_text("".join(sorted(file.read_text().splitlines(keepends=True), reverse=True)))
    assert "not sorted" in breached.check()[0].msg


@pytest.mark.django_db
def test_a_password_of_the_list_opens_no_account(listed: Any) -> None:
    agent, now = person("li_lei"), timezone.now()
    listed(GOOD)
    with pytest.raises(Invalid) as refused:
        change_password(employee=agent, password=GOOD, by=agent, now=now)
    assert [error["message"] for error in refused.value.errors] == [str(breached.KNOWN)]
    change_password(employee=agent, password=f"{GOOD}-x", by=agent, now=now)


@pytest.mark.django_db
def test_nor_a_vault_and_a_password_in_it_counts_as_weak(listed: Any) -> None:
    stage.set_up("qian_it")
    stage.safe()
    by, now = person("fang_vice"), stage.now()
    file = listed(stage.PASSPHRASE, stage.CANARY)
    with pytest.raises(Invalid) as refused:
        keys.set_up(passphrase=stage.PASSPHRASE, again=stage.PASSPHRASE, by=by, now=now)
    assert (refused.value.code, refused.value.errors[0]["path"]) == ("breached", "passphrase")

    def judged(**more: Any) -> sealing.Judged:
        return sealing.judge(
            stage.password(**more), known=(), account=None, opened=stage.opened("qian_it"), by=person("qian_it"),
            now=now,
        )  # fmt: skip

    with pytest.raises(Invalid) as refused:
        judged()
    assert refused.value.code == "weak"
    assert judged(anyway=True).weak
    file.unlink()
    with pytest.raises(Invalid) as refused:
        judged(anyway=True)
    assert refused.value.code == "breached_unusable"
