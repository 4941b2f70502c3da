"""Whoever may write to the place where the list of erasures lies can neither add a line nor take one away unseen."""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backups import hooks
from backups.errors import Failed
from backups.services import erasures, replacing
from office import crypto
from office.notices.models import Notice
from tests.backups.rows import DAY, NOW
from tests.people import person

pytestmark = pytest.mark.django_db
KEY = "k0:" + base64.b64encode(b"0" * 32).decode()


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> list[hooks.Erasure]:
    """Who was erased, as the database knows it."""
    made = [hooks.Erasure("customer", number, NOW) for number in (1, 2, 3)]
    monkeypatch.setattr(
        hooks, "erasers", lambda: {"customer": hooks.Eraser("customer", lambda: made, lambda *_: True)}
    )
    return made


@pytest.fixture
def lines(gone: list[hooks.Erasure]) -> list[str]:
    """The list of three erasures; the fourth line says that it is complete."""
    erasures.publish(now=NOW)
    return erasures.path().read_text().splitlines()


def ids(file: Path | None = None) -> list[int]:
    return [each.id for each in erasures.read(file or erasures.path(), erasures.history()).erasures]


def changed(line: str, **by: object) -> str:
    return json.dumps({**json.loads(line), **by})


def forged(like: str) -> str:
    return changed(like, id=9)


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("added at the end", lambda of: [*of, forged(of[0])]),
        ("added without a signature", lambda of: [*of, '{"of": "%s", "kind": "customer", "id": 9, "at": "%s"}']),
        ("added in front", lambda of: [forged(of[0]), *of]),
        ("given twice", lambda of: [*of, of[0]]),
        ("taken out", lambda of: [of[0], *of[2:]]),
        ("taken from the front", lambda of: of[1:]),
        ("swapped", lambda of: [of[1], of[0], *of[2:]]),
        ("another person", lambda of: [of[0], changed(of[1], id=9), *of[2:]]),
        ("another reason", lambda of: [changed(of[0], reason="x"), *of[1:]]),
        ("a later as of", lambda of: [*of[:3], changed(of[3], as_of=(NOW + DAY).isoformat())]),
        ("another key's name", lambda of: [*of[:3], changed(of[3], key="no-such")]),
        ("a mac that is none", lambda of: [*of[:3], changed(of[3], mac="\ud800")]),
        ("all signatures gone", lambda of: [changed(each, mac=None) for each in of]),
    ],
)  # fmt: skip
def test_a_changed_list_is_refused(
    lines: list[str], tmp_path: Path, what: str, change: Callable[[list[str]], list[str]]
) -> None:
    there = tmp_path / "erasures.log"
    changed_lines = [
        each % (erasures.history(), NOW.isoformat()) if "%s" in each else each for each in change(lines)
    ]
    there.write_text("".join(f"{each}\n" for each in changed_lines))
    with pytest.raises(Failed, match=r"erasures.log, line \d: .*(somebody|Somebody)"):
        erasures.read(there, erasures.history())
    with pytest.raises(Failed):
        erasures.take_in(there)
    assert ids() == [1, 2, 3]


def test_an_unsigned_list_is_refused_elsewhere_and_signed_here(lines: list[str], tmp_path: Path) -> None:
    """One that this release finds beside its own database is from the release before."""
    bare = [{k: v for k, v in json.loads(each).items() if k not in ("n", "key", "mac")} for each in lines]
    text = "".join(f"{json.dumps(each)}\n" for each in bare)
    there = tmp_path / "erasures.log"
    there.write_text(text)
    with pytest.raises(Failed, match="no signature"):
        ids(there)
    assert erasures.take_in(there) == 0  # nothing in it that ours does not say
    erasures.path().write_text(text)
    assert erasures.publish(now=NOW) == 3
    assert ids() == [1, 2, 3]
    assert not Notice.objects.filter(kind="backups.list_changed").exists()


def test_our_own_list_that_somebody_changed_is_set_aside_told_and_begun_anew(lines: list[str]) -> None:
    person("zhou_general")
    erasures.path().write_text("\n".join([lines[0], forged(lines[1]), *lines[2:]]) + "\n")
    assert erasures.publish(now=NOW + DAY) == 3
    assert ids() == [1, 2, 3]
    [aside] = erasures.path().parent.glob("erasures-changed-*.log")
    assert '"id": 9' in aside.read_text()
    [told] = Notice.objects.filter(kind="backups.list_changed")
    assert "line 2" in told.params["what"]


def test_lines_cut_off_at_the_end_are_asked_about(lines: list[str], tmp_path: Path) -> None:
    """They show by the day on which the list ends: a running installation says every day that it is complete."""
    there = tmp_path / "erasures.log"
    there.write_text("".join(f"{each}\n" for each in lines))
    manifest = {
        "made_at": NOW.isoformat(),
        "history": erasures.history(),
        "erasures": 3,
        "ledger": {"entry": 10**12},
    }
    asked = replacing.Asked(Path("x"), "x", listed=there)
    later = NOW + 9 * DAY
    with pytest.raises(Failed, match=r"ends on 2026-11-23.*--erasures-until 2026-11-23"):
        replacing.listed_of(asked, manifest, later)
    wrong = replacing.Asked(Path("x"), "x", listed=there, listed_until="2026-12-01")
    with pytest.raises(Failed, match="ends on 2026-11-23"):
        replacing.listed_of(wrong, manifest, later)
    confirmed = replacing.Asked(Path("x"), "x", listed=there, listed_until="2026-11-23")
    assert replacing.listed_of(confirmed, manifest, later) == there
    assert replacing.listed_of(asked, manifest, NOW + dt.timedelta(hours=25)) == there


def test_what_another_list_of_ours_says_comes_in_signed_anew(
    gone: list[hooks.Erasure], lines: list[str], tmp_path: Path
) -> None:
    """Two machines went on from one list (a restore elsewhere): both are believed, because both have the key."""
    there = tmp_path / "erasures.log"
    gone.append(hooks.Erasure("customer", 4, NOW))
    erasures.publish(now=NOW + DAY)
    there.write_bytes(erasures.path().read_bytes())
    erasures.path().write_text("".join(f"{each}\n" for each in lines))
    gone[3] = hooks.Erasure("customer", 5, NOW)
    erasures.publish(now=NOW + dt.timedelta(hours=1))
    assert erasures.take_in(there) == 2
    assert ids() == [1, 2, 3, 5, 4]
    assert erasures.read(erasures.path(), erasures.history()).as_of == NOW + DAY
    assert erasures.take_in(there) == 0


def test_lines_of_another_key_and_history_are_carried_along_and_change_nothing(
    lines: list[str], tmp_path: Path
) -> None:
    foreign = [changed(each, of="h", key="theirs") for each in lines]
    there = tmp_path / "erasures.log"
    there.write_text("".join(f"{each}\n" for each in foreign))
    assert erasures.take_in(there) == 4
    assert erasures.take_in(there) == 0
    assert ids() == [1, 2, 3]
    with pytest.raises(Failed, match="theirs, which is not in ECDEPT_KEYS"):
        erasures.read(erasures.path(), "h")


def test_rotating_the_keys_signs_the_list_anew(lines: list[str], settings: Any) -> None:
    old = settings.ECDEPT_KEYS
    settings.ECDEPT_KEYS = f"{KEY},{old}"
    assert crypto.resealers["erasures"](500) == 4
    assert crypto.resealers["erasures"](500) == 0
    settings.ECDEPT_KEYS = KEY
    assert ids() == [1, 2, 3]
    assert os.listdir(erasures.path().parent).count("erasures.log") == 1
