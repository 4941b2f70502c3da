"""Catalogues are compiled without gettext's tools."""

import gettext
from pathlib import Path

import pytest

from ecdept.embedded.home import CannotRun
from ecdept.embedded.messages import compile_messages

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'


def catalogue(root: Path, text: str) -> Path:
    folder = root / "locale" / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(HEADER + text)
    return folder / "django.mo"


def test_a_changed_catalogue_is_compiled_once(tmp_path: Path) -> None:
    made = catalogue(tmp_path, 'msgid "Desk"\nmsgstr "工作台"\n')
    assert compile_messages(tmp_path) == 1
    with made.open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Desk") == "工作台"
    assert compile_messages(tmp_path) == 0


def test_a_broken_catalogue_is_named(tmp_path: Path) -> None:
    catalogue(tmp_path, '<<<<<<< HEAD\nmsgid "Desk"\nmsgstr "工作台"\n')
    with pytest.raises(CannotRun, match=r"django\.po is not a valid message catalogue"):
        compile_messages(tmp_path)
