"""`rulebook check`, `rulebook activate` and `clauses`, as they are called from the outside."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from office.rulebook import coverage
from office.rulebook.models import Version
from office.rulebook.parser.book import BOOKS
from office.rulebook.types import ENFORCEMENTS
from tests.people import something_happens


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("code", ["site", "mall"])
def test_the_shipped_books_pass_the_check(code: str) -> None:
    assert run("rulebook", "check", str(BOOKS / f"{code}.toml")).startswith(f"ok: {code}, ")


@time_machine.travel("2026-11-23 10:00:00+08:00", tick=False)
def test_the_check_says_which_year_is_not_published() -> None:
    said = run("rulebook", "check", str(BOOKS / "site.toml"))
    assert "of 2026 are not published" not in said
    assert "of 2035" not in said


@time_machine.travel("2034-11-23 10:00:00+08:00", tick=False)
def test_the_check_warns_of_an_unpublished_year() -> None:
    assert "of 2035 are not published yet" in run("rulebook", "check", str(BOOKS / "site.toml"))


def test_a_wrong_file_fails_with_one_line_per_problem(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    source = (BOOKS / "site.toml").read_text(encoding="utf-8")
    path.write_text(source.replace('clause = "C7.2"', 'clause = "C7.22"'), encoding="utf-8")
    out = io.StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("rulebook", "check", str(path), stdout=out)
    assert failed.value.returncode == 1
    line = source[: source.index('clause = "C7.2"', source.index('[rules."orders.contact"]'))].count("\n") + 1
    said = f"wrong.toml:{line}: rules.\"orders.contact\".clause: unknown clause id 'C7.22'"
    assert said in out.getvalue()


@pytest.mark.parametrize("content", [b"\xff\xfe", b"= 5", b"", None])
def test_an_unreadable_file_fails_plainly(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "book.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError) as failed:
        call_command("rulebook", "check", str(path), stdout=io.StringIO())
    assert failed.value.returncode == 1


def test_a_book_takes_the_site_book_beside_it(tmp_path: Path) -> None:
    (tmp_path / "mall.toml").write_text((BOOKS / "mall.toml").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "site.toml").write_text("code = 5", encoding="utf-8")
    with pytest.raises(CommandError):
        call_command("rulebook", "check", str(tmp_path / "mall.toml"), stdout=io.StringIO())


@pytest.mark.django_db
@time_machine.travel("2026-11-23 10:00:00+08:00", tick=False)
def test_activating_from_a_date_begins_at_its_midnight() -> None:
    assert "mall: in force from 2026-12-01 00:00" in run(
        "rulebook", "activate", "mall", "--from", "2026-12-01"
    )
    assert Version.objects.filter(book="mall").count() == 1


@pytest.mark.django_db
@time_machine.travel("2026-11-23 10:00:00+08:00", tick=False)
def test_todays_date_means_from_now_on() -> None:
    assert "mall: in force from 2026-11-23 10:00" in run(
        "rulebook", "activate", "mall", "--from", "2026-11-23"
    )


@pytest.mark.django_db
@time_machine.travel("2026-11-23 10:00:00+08:00", tick=False)
@pytest.mark.parametrize("start", ["2026-11-22", "2026-11-23T09:59:59+08:00", "yesterday", "2026-13-01"])
def test_the_past_and_what_is_no_date_are_refused(start: str) -> None:
    something_happens(timezone.now())
    with pytest.raises(CommandError):
        call_command("rulebook", "activate", "mall", "--from", start, stdout=io.StringIO())
    assert not Version.objects.filter(book="mall").exists()


def test_clauses_as_json_have_the_agreed_shape() -> None:
    found = json.loads(run("clauses", "--json"))
    assert {tuple(entry) for entry in found} == {("id", "title", "enforcement", "rules", "tests")}
    by_id = {entry["id"]: entry for entry in found}
    assert len(by_id) == len(found)
    assert {"C7.2", "M5.1", "J7", "S5", "P7b", "W4"} <= set(by_id)
    assert "orders.contact" in by_id["C7.2"]["rules"]
    assert "tests/rulebook/test_password_rule.py::test_the_shipped_rule" in by_id["C13.3"]["tests"]
    assert all(set(entry["enforcement"]) <= set(ENFORCEMENTS) and entry["enforcement"] for entry in found)


def test_clauses_of_one_book() -> None:
    ids = {entry["id"] for entry in json.loads(run("clauses", "--json", "--book", "site"))}
    assert "C7.1" in ids
    assert "M5.1" not in ids


def test_clauses_as_text_name_rules_and_tests() -> None:
    said = run("clauses", "--book", "site")
    assert "C7.2  " in said
    assert "    orders.contact\n" in said


def test_marks_are_found_on_functions_classes_and_modules(tmp_path: Path) -> None:
    folder = tmp_path / "tests" / "desk"
    folder.mkdir(parents=True)
    (folder / "test_x.py").write_text(
        "import pytest\n"
        'pytestmark = [pytest.mark.django_db, pytest.mark.clause("A1")]\n'
        '@pytest.mark.clause("B2", "B3")\n'
        "def test_one(): ...\n"
        '@pytest.mark.clause("C4")\n'
        "class TestTwo:\n"
        '    @pytest.mark.clause("D5")\n'
        "    async def test_in(self): ...\n"
        "def helper(): ...\n",
        encoding="utf-8",
    )
    (folder / "test_broken.py").write_text("def (", encoding="utf-8")
    one, inner = "tests/desk/test_x.py::test_one", "tests/desk/test_x.py::TestTwo::test_in"
    assert coverage.tests_by_clause(tmp_path / "tests") == {
        "A1": (one, inner),
        "B2": (one,),
        "B3": (one,),
        "C4": (inner,),
        "D5": (inner,),
    }
