"""What the lists hold now, and what of it stands in a text (C6.4 to C6.6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from django.db.models import Max, OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from cms.models import FileText, Version, WordList, WordListVersion
from cms.rules import html
from cms.rules.content import TEXTS
from cms.rules.words import Hit, Piece, Scanner, Severity, Word, marked
from office.errors import NotFound
from office.rulebook import api as rulebook

#: What of a version is searched, in the order in which it is read; "body" paragraph by paragraph.
SEARCHED = ("title", "summary", "body", "author", "source")


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph of one field with its hits."""

    field: str
    text: str
    hits: tuple[Hit, ...]

    @property
    def pieces(self) -> list[Piece]:
        return list(marked(self.text, self.hits))


@dataclass(frozen=True, slots=True)
class Findings:
    """What the lists say of a text: every paragraph, with or without hits."""

    passages: tuple[Passage, ...]
    unread: tuple[str, ...] = ()  # names of documents whose words nobody could search

    def of(self, severity: Severity) -> list[Hit]:
        return [hit for passage in self.passages for hit in passage.hits if hit.severity == severity]

    @property
    def hits(self) -> list[Hit]:
        return [hit for passage in self.passages for hit in passage.hits]

    @property
    def blocking(self) -> list[Hit]:
        return self.of("block")

    @property
    def second(self) -> list[Hit]:
        return self.of("second")

    @property
    def hints(self) -> list[Hit]:
        return self.of("hint")

    @property
    def found(self) -> tuple[Passage, ...]:
        return tuple(passage for passage in self.passages if passage.hits)


def newest_versions() -> list[WordListVersion]:
    """What each list holds now."""
    newest = WordListVersion.objects.filter(list=OuterRef("list")).order_by("-number").values("id")[:1]
    return list(
        WordListVersion.objects.filter(id=Subquery(newest)).select_related("list").order_by("list__place")
    )


def lines(text: str) -> list[str]:
    """One word or phrase a line, each once, in the order given."""
    return list(dict.fromkeys(word for each in text.splitlines() if (word := html.line(each))))


def words_of(versions: Iterable[WordListVersion]) -> Iterator[Word]:
    for version in versions:
        if not version.active:
            continue
        code, severity = version.list.code, _severity(version.severity)
        for text in lines(version.words):
            yield Word(text, code, severity)
        for text in lines(version.allow):
            yield Word(text, code, severity, allow=True)


def _severity(stored: str) -> Severity:
    return "block" if stored == "block" else "second" if stored == "second" else "hint"


@lru_cache(maxsize=2)
def _scanner(latest: int) -> Scanner:
    """Built once for each state of the lists: a version never changes."""
    return Scanner(words_of(newest_versions()))


def scanner() -> Scanner:
    """For the lists as they are now; one short query."""
    return _scanner(WordListVersion.objects.aggregate(latest=Max("id"))["latest"] or 0)


def scan(
    texts: Mapping[str, str], files: Sequence[tuple[str, str]] = (), unread: Sequence[str] = ()
) -> Findings:
    """The texts of a version (cms.rules.content.TEXTS), the names of its files and what they say: (name, words).
    `unread`: names of those that could not be read."""
    found = scanner()
    passages = []
    for field in SEARCHED:
        text = texts.get(field, "")
        for paragraph in html.paragraphs(text) if field == "body" else [text] if text else []:
            passages.append(Passage(field, paragraph, tuple(found.scan(paragraph))))
    for name, words in files:
        passages.append(Passage("files", name, tuple(found.scan(name))))
        lines_of = ((line, tuple(found.scan(line))) for line in words.splitlines() if line.strip())
        passages += [
            Passage("files", f"{name}: {line}", _moved(hits, len(name) + 2))
            for line, hits in lines_of
            if hits
        ]
    return Findings(tuple(passages), tuple(unread))


def _moved(hits: Iterable[Hit], by: int) -> tuple[Hit, ...]:
    return tuple(replace(hit, start=hit.start + by, end=hit.end + by) for hit in hits)


def scan_version(version: Version) -> Findings:
    said = (
        FileText.objects.filter(sha256__in=[sha256 for sha256, _name in version.files])
        if version.files
        else []
    )
    texts = {each.sha256: each for each in said}
    return scan(
        {name: getattr(version, name) for name in TEXTS},
        [(name, texts[sha256].text if sha256 in texts else "") for sha256, name in version.files],
        [name for sha256, name in version.files if sha256 in texts and not texts[sha256].readable],
    )


@dataclass(frozen=True, slots=True)
class ListLine:
    """One list of the page."""

    list: WordList
    name: str
    newest: WordListVersion
    words: int
    allowed: int


def lists_now() -> list[ListLine]:
    """Every list with what it holds; two queries."""
    names = rulebook.book().names
    return [
        ListLine(
            each.list,
            str(names.get(each.list.code, each.list.name)),
            each,
            len(lines(each.words)),
            len(lines(each.allow)),
        )
        for each in newest_versions()
    ]


def access_list(code: str) -> WordList:
    """Raises NotFound."""
    found = WordList.objects.filter(code=code).first()
    if found is None:
        raise NotFound(_("There is no such word list."))
    return found


def list_name(code: str) -> str:
    """As the reader calls a list."""
    named = rulebook.book().names.get(code)
    if named is not None:
        return str(named)
    return WordList.objects.filter(code=code).values_list("name", flat=True).first() or code


def versions_of(found: WordList) -> list[WordListVersion]:
    """All, the newest first."""
    return list(found.versions.order_by("-number"))
