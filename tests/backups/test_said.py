"""What went wrong is kept in English and read in the reader's language: every sentence that can come to a page."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone, translation

from backups.rules.said import TEMPLATES, said
from backups.services import running
from backups.services.telling import tell
from office.notices import kinds
from office.notices.models import Notice
from office.subjects import subject_said
from tests.backups.rows import done, proven
from tests.people import person, signed_in

#: Modules whose failures only a terminal says.
TERMINAL = {"replacing", "going_back", "genuine", "upgrading", "signing"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def sentences() -> Iterator[tuple[str, str]]:
    """(where, the sentence with "x" for what it names) of every failure, and of what a drill finds."""
    for path in sorted((Path(settings.BASE_DIR) / "backups").rglob("*.py")):
        if path.stem in TERMINAL or "management" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") in ("Failed", "Broken")
                and node.args
            ):
                texts = [node.args[0]]
            elif isinstance(node, ast.AugAssign) and getattr(node.target, "attr", "") == "findings":
                texts = [each for each in ast.walk(node.value) if isinstance(each, ast.JoinedStr)]
            else:
                continue
            yield from ((f"{path.name}:{node.lineno}", text) for each in texts if (text := plain(each)))


def plain(node: ast.AST) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(each.value) if isinstance(each, ast.Constant) else "x1" for each in node.values)
    return ""


#: Said to a terminal only, though they stand in these modules.
COMMANDS = {"is older than the backup", "ends on", "is of kind"}


def test_every_failure_has_its_words() -> None:
    found = [each for each in sentences() if not any(words in each[1] for words in COMMANDS)]
    assert len(found) > 25
    with translation.override("zh-hans"):
        assert [each for each in found if not CHINESE.search(said(each[1]))] == []
    with translation.override("en"):
        assert [each for each in found if said(each[1]) != each[1]] == []


@pytest.mark.parametrize(
    ("kept", "read"),
    [
        ("pg_dump was ended by signal SIGKILL.", "pg_dump 被信号 SIGKILL 终止。"),
        ("The disk is full: No space left on device.", "磁盘已满：设备上没有剩余空间。"),
        ("table orders_order: 3 rows, 4 in the backup", "表 orders_order：恢复出 3 行，备份中为 4 行"),
        ("something: nobody, has thought of.", "something: nobody, has thought of."),
        ("", ""),
    ],
)
def test_it_is_read_in_chinese(kept: str, read: str) -> None:
    with translation.override("zh-hans"):
        assert said(kept) == read


def test_no_sentence_of_the_table_is_taken_for_another() -> None:
    """A broader one stands behind those that it would swallow."""
    for text in TEMPLATES:
        names = re.findall(r"%\((\w+)\)s", text)
        example = text % {name: f"<{name}>" for name in names}
        with translation.override("en"):
            assert said(example) == example


@pytest.mark.django_db
def test_pages_and_notices_say_it_and_call_the_backup_by_its_name() -> None:
    person("sun_admin")
    now = timezone.now()
    run = done(now)
    drill = proven(run, good=False)
    tell(
        "backups.failed",
        run,
        step=1,
        clause="C13.8",
        params={"what": "pg_dump was ended by signal SIGKILL."},
        now=now,
    )
    client = signed_in("sun_admin")
    page = client.get(f"/backups/drills/{drill.pk}/").content.decode()
    assert "pg_restore 被信号 SIGKILL 终止" in page
    row = Notice.objects.get(kind="backups.failed", recipient=person("sun_admin"))
    with translation.override("zh-hans"):
        label = subject_said("backup", run.subject.label)
        assert label == f"数据库备份 #{run.pk}"
        text = kinds.text_of(row.kind, label=label, clause="", params=row.params)
    assert text == f"数据库备份 #{run.pk}：pg_dump 被信号 SIGKILL 终止。"
    assert running.said(ValueError("x")) == ("ValueError: x", "unexpected")
