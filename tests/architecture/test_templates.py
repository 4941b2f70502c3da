"""Templates carry no script, style or address of another host: the content policy would refuse them anyway."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

SCRIPT = re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", re.IGNORECASE)
STYLE = re.compile(r"<style\b|\sstyle=|\bhx-on[:\w-]*=", re.IGNORECASE)
HANDLER = re.compile(r"\son(click|change|submit|load|input|key\w+|mouse\w+|focus|blur|error)=", re.IGNORECASE)
FOREIGN = re.compile(r"(?:src|href|action)=[\"'](?:https?:)?//", re.IGNORECASE)
COMMENT = re.compile(r"\{#(?:(?!#\}).)*$", re.MULTILINE)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(ROOT))) for path in TEMPLATES])
def test_a_template_keeps_to_the_policy(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    wrong = [
        f"line {text.count(chr(10), 0, found.start()) + 1}: {found.group(0)!r}"
        for pattern in (SCRIPT, STYLE, HANDLER, FOREIGN, COMMENT)
        for found in pattern.finditer(text)
    ]
    assert wrong == []


def test_templates_speak_english_to_gettext_only() -> None:
    """Chinese belongs into the catalogue; the one word 中文 is the name of the language."""
    wrong = [
        str(path.relative_to(ROOT))
        for path in TEMPLATES
        if CHINESE.search(path.read_text(encoding="utf-8").replace("中文", ""))
    ]
    assert wrong == []


def test_scripts_and_styles_are_ours_or_a_package_s() -> None:
    for path in [*(ROOT / "static").rglob("*.js"), *(ROOT / "static").rglob("*.css")]:
        text = path.read_text(encoding="utf-8")
        assert "http://" not in text.replace("http://www.w3.org", ""), path
        assert "eval(" not in text, path
        assert ".innerHTML" not in text, path
