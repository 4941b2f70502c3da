"""Every command at the terminal: English whatever the installation speaks, one sentence for a refusal, exit code 1."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import BaseCommand, CommandError, call_command, get_commands
from django.utils import translation

from office.terminal import TerminalCommand, language_of_the_house
from orders.models import Batch
from tests.ecdept.homes import ROOT
from tests.people import person
from tests.tables.files import csv_bytes

CHINESE = re.compile(r"[\u3000-\u9fff]")
OURS = sorted(
    path.stem
    for path in ROOT.glob("**/management/commands/*.py")
    if path.relative_to(ROOT).parts[0] != ".venv" and path.stem[0] != "_"
)
#: Django's own, only faster.
NOT_OURS = {"migrate"}


def command(name: str) -> BaseCommand:
    made: BaseCommand = import_module(f"{get_commands()[name]}.management.commands.{name}").Command()
    return made


@pytest.fixture(autouse=True)
def _chinese_house(settings: pytest.FixtureRequest) -> object:
    settings.LANGUAGE_CODE = "zh-hans"  # type: ignore[attr-defined]
    with translation.override("zh-hans"):
        yield


def test_every_command_of_ours_is_one_of_the_terminal() -> None:
    assert len(OURS) > 25
    assert [name for name in OURS if not isinstance(command(name), TerminalCommand)] == sorted(NOT_OURS)


def ended(name: str, *arguments: str) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) as from a shell."""
    out, err = StringIO(), StringIO()
    made = command(name)
    made.stdout._out = out  # type: ignore[attr-defined]
    made.stderr._out = err  # type: ignore[attr-defined]
    made.requires_system_checks = []
    try:
        made.run_from_argv(["manage.py", name, *arguments])
    except SystemExit as end:
        return int(end.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    """A command closes its connections at the end, which a test in a transaction must not."""
    monkeypatch.setattr("django.core.management.base.connections.close_all", lambda: None)
    return ended


@pytest.mark.parametrize("name", sorted(set(OURS) - NOT_OURS))
def test_a_call_that_cannot_be_read_is_one_sentence_and_ends_with_1(
    name: str, shell: Callable[..., tuple[int, str, str]]
) -> None:
    code, out, err = shell(name, "--no-such-option", "x")
    assert (code, out) == (1, "")
    assert err.startswith("The call cannot be read: ")
    assert err.count("\n") == 1
    assert name in err


def test_so_is_a_call_of_an_act_that_there_is_not(shell: Callable[..., tuple[int, str, str]]) -> None:
    for arguments in ([], ["activate", "house", "--from", "2026-12-01"], ["activate", "mall"], ["check"]):
        code, _out, err = shell("rulebook", *arguments)
        assert (code, err.count("\n")) == (1, 1), err


FOLDER, MISSING, UNREADABLE, FOREIGN = "folder", "missing", "unreadable", "foreign"


@pytest.fixture
def given(tmp_path: Path) -> dict[str, str]:
    """Files that are none: absent, a folder, a link to itself (which nobody can read, root neither), and noise."""
    (tmp_path / FOLDER).mkdir()
    (tmp_path / UNREADABLE).symlink_to(tmp_path / UNREADABLE)
    (tmp_path / FOREIGN).write_bytes(bytes(range(256)) * 300)
    return {name: str(tmp_path / name) for name in (FOLDER, MISSING, UNREADABLE, FOREIGN)}


@pytest.mark.django_db
@pytest.mark.parametrize("what", [FOLDER, MISSING, UNREADABLE, FOREIGN])
@pytest.mark.parametrize(
    "call",
    [
        "import_orders FILE --shop TM01",
        "import_orders GOOD --shop TM01 --mapping FILE",
        "import_orders GOOD --shop TM01 --detail FILE",
        "import_punches FILE --source door",
        "verify_ledger --anchor FILE",
        "rulebook check FILE",
        "rulebook activate mall --from 2026-12-01 --file FILE",
        "verify_backup FILE",
        "open_backup FILE --to GOOD",
        "restore FILE --to scratch",
        "go_back FILE --to scratch",
        "restore_files FILE",
    ],
)
def test_a_file_that_is_none_is_one_english_sentence(
    call: str,
    what: str,
    given: dict[str, str],
    tmp_path: Path,
    shell: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ECDEPT_BACKUP_KEY", "")
    monkeypatch.setattr("sys.stdin", StringIO(""))
    good = tmp_path / "good.csv"
    good.write_bytes(csv_bytes([["number", "line_title", "line_quantity"], ["A-1", "锅", "1"]]))
    name, *arguments = call.replace("FILE", given[what]).replace("GOOD", str(good)).split(" ")
    code, out, err = shell(name, *arguments)
    assert code == 1, (out, err)
    assert out == "" or name == "rulebook", out
    assert err.rstrip("\n")
    assert "Traceback" not in err
    assert not CHINESE.search(out + err), err


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("settle_deadlines --now nonsense", "“nonsense” is not an ISO 8601 time"),
        ("settle_deadlines --now 2026-02-30T10:00:00", "is not an ISO 8601 time"),
        ("rulebook activate mall --from nonsense", "“nonsense” is not an ISO date or datetime"),
        ("demo_logins --json", "not the demo"),
        ("shop_secret NOT/A/SHOP", "code"),
        ("import_orders x --shop", "expected one argument"),
        ("import_orders x", "Name the shop"),
        ("create_administrator", "people already"),
        ("vault_let_in X999", "no employee X999"),
        ("confirm_proposal 999", "No proposal 999"),
        ("simulate_shop --rate 0", "between 0 and 60000"),
        ("simulate_shop --url ftp://x", "not an http address"),
        ("simulate_shop --url http://example.com", "this machine or in the demo"),
    ],
)
def test_what_is_refused_is_said_in_english(
    call: str, said: str, shell: Callable[..., tuple[int, str, str]], settings: pytest.FixtureRequest
) -> None:
    person("sun_admin")
    settings.ECDEPT_DEMO = False  # type: ignore[attr-defined]
    code, out, err = shell(*call.split(" "))
    assert (code, out, err.count("\n")) == (1, "", 1), err
    assert said in err
    assert not CHINESE.search(err), err


@pytest.mark.django_db
def test_what_an_import_keeps_for_its_page_is_read_there_in_chinese(
    tmp_path: Path, shell: Callable[..., tuple[int, str, str]]
) -> None:
    file = tmp_path / "orders.csv"
    file.write_bytes(csv_bytes([["甲", "乙"], ["1", "2"]]))
    person("sun_admin")
    shell("shop_secret", "TM01")  # a known shop: its refused file is kept as an import
    code, _out, err = shell("import_orders", str(file), "--shop", "TM01")
    assert code == 1
    assert err.startswith("The columns are not those of a known export")
    batch = Batch.objects.get()
    assert "甲, 乙" in batch.why
    assert batch.why.startswith("这些列")
    with translation.override("en"):
        assert batch.why == err.splitlines()[0]


def test_a_refusal_inside_a_program_stays_an_exception() -> None:
    with pytest.raises(CommandError, match="unrecognized arguments"):
        call_command("settle_deadlines", "--nonsense")
    with pytest.raises(CommandError, match="not an ISO"):
        call_command("settle_deadlines", "--now", "nonsense")
    code = "zh-hans"
    with translation.override("en"), language_of_the_house():
        assert translation.get_language() == code
