"""Links of the documents lead somewhere: files, pictures, headings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?[^)]*\)|\b(?:src|href)=\"([^\"]+)\"")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)


def anchors(path: Path) -> set[str]:
    """As the usual renderers make them: lower case, punctuation gone, blanks to dashes."""
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text)}


def broken(path: Path, text: str) -> list[str]:
    text = CODE.sub("", text)
    wrong = []
    for target in (one or other for one, other in LINK.findall(text)):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        file, _hash, anchor = target.partition("#")
        aimed = (path.parent / file).resolve() if file else path
        if (
            not aimed.exists()
            or ROOT not in (aimed, *aimed.parents)
            or (anchor and aimed.suffix == ".md" and anchor not in anchors(aimed))
        ):
            wrong.append(target)
    return wrong


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(ROOT))) for path in DOCUMENTS])
def test_every_link_leads_somewhere(path: Path) -> None:
    assert broken(path, path.read_text(encoding="utf-8")) == []


def test_a_link_to_nowhere_is_found() -> None:
    text = (
        "[a](nowhere.md) ![b](images/none.png) [c](#no-such-heading) `[d](not-a-link.md)` [e](https://x.example)"
        " [f](import.md#from-the-page) [g](../../outside.md)"
    )
    wrong = ["nowhere.md", "images/none.png", "#no-such-heading", "../../outside.md"]
    assert broken(ROOT / "docs" / "import.md", text) == wrong


#: For people who change the code; the glossary has both languages in one.
FOR_DEVELOPERS = {"architecture.md", "look.md", "glossary.md"}


def test_every_document_for_users_has_its_chinese_twin_and_each_leads_to_the_other() -> None:
    docs = ROOT / "docs"
    for path in docs.glob("*.md"):
        if path.name.endswith(".zh.md") or path.name in FOR_DEVELOPERS:
            continue
        twin = docs / f"{path.stem}.zh.md"
        assert twin.exists(), path.name
        assert f"({twin.name})" in path.read_text(encoding="utf-8"), path.name
        assert f"({path.name})" in twin.read_text(encoding="utf-8"), twin.name


@pytest.mark.parametrize("ending", ["", ".zh"])
def test_the_readme_leads_to_every_document_in_its_language(ending: str) -> None:
    """By the index; a document without a twin stands in both."""
    docs = ROOT / "docs"
    assert f"docs/README{ending}.md" in (ROOT / f"README{ending}.md").read_text(encoding="utf-8")
    index = (docs / f"README{ending}.md").read_text(encoding="utf-8")
    of_the_other = {path.name for path in docs.glob("*.zh.md")}
    if ending:
        of_the_other = {name.replace(".zh.md", ".md") for name in of_the_other}
    wanted = {path.name for path in docs.glob("*.md")} - of_the_other
    assert {name for name in wanted - {f"README{ending}.md"} if f"({name})" not in index} == set()
