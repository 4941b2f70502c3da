"""What is wrong with a book: file, line, table, reason, one line each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext


@dataclass(frozen=True, slots=True)
class Problem:
    """`text` is a sentence with {places}, `params` what stands in them. `line`: where in the file; 0 when that cannot
    be said."""

    file: str
    table: str
    text: str
    params: Mapping[str, Any] = field(default_factory=dict)
    line: int = 0

    @property
    def reason(self) -> str:
        """In English, for the terminal."""
        return self.text.format(**self.params) if self.params else self.text

    @property
    def in_words(self) -> str:
        """In the active language, for pages."""
        said = gettext(self.text)
        return said.format(**self.params) if self.params else said

    def __str__(self) -> str:
        file = f"{self.file}:{self.line}" if self.line else self.file
        where = f"{file}: {self.table}" if self.table else file
        return f"{where}: {self.reason}"


class WrongBook(ValueError):
    """The book is refused as a whole; `problems` names every reason that could be found in one reading."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


@dataclass(slots=True)
class Report:
    """Collects problems while a file is read, so that its author sees all of them at once."""

    found: list[Problem] = field(default_factory=list)

    def add(self, file: str, table: str, text: str, **params: Any) -> None:
        problem = Problem(file, table, text, params)
        if problem not in self.found:
            self.found.append(problem)
