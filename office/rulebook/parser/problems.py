"""What is wrong with a book: file, table, reason, one line each."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    file: str
    table: str
    reason: str

    def __str__(self) -> str:
        where = f"{self.file}: {self.table}" if self.table else self.file
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

    def add(self, file: str, table: str, reason: str) -> None:
        problem = Problem(file, table, reason)
        if problem not in self.found:
            self.found.append(problem)

    def refuse_if_any(self) -> None:
        if self.found:
            raise WrongBook(tuple(self.found))
