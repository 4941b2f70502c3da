"""Categories as a tree: whole, with how deep each stands; what lies below one. There are few: they are read at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.models import Category


@dataclass(frozen=True, slots=True)
class Branch:
    """A category, how many stand above it, and its path from the top: "家具 / 沙发"."""

    category: Category
    depth: int
    path: str

    @property
    def pk(self) -> int:
        return self.category.pk

    @property
    def name(self) -> str:
        return self.category.name

    @property
    def indented(self) -> str:
        """The name as a list shows it."""
        return "\u3000" * self.depth + self.category.name


def branches(*, active: bool = True) -> list[Branch]:
    """Every category below its parent, by name; one query. `active`: only those in use, one whose parent is out of use
    stands under the parent that is left."""
    rows = list(Category.objects.order_by("name"))
    below: dict[int | None, list[Category]] = {}
    for row in rows:
        below.setdefault(row.parent_id, []).append(row)
    found: list[Branch] = []

    def walk(parent: int | None, depth: int, path: str) -> None:
        for row in below.get(parent, ()):
            if row.active or not active:
                here = f"{path} / {row.name}" if path else row.name
                found.append(Branch(row, depth, here))
                walk(row.pk, depth + 1, here)
            else:
                walk(row.pk, depth, path)

    walk(None, 0, "")
    return found


def with_below(category_id: int) -> list[int]:
    """The category and all that lies below it; one query."""
    below: dict[int | None, list[int]] = {}
    for pk, parent in Category.objects.values_list("pk", "parent_id"):
        below.setdefault(parent, []).append(pk)
    found = [category_id]
    for pk in found:
        found += below.get(pk, ())
    return found


def paths(category_ids: Iterable[int]) -> dict[int, str]:
    """Category → its path, for these; one query."""
    wanted = set(category_ids)
    return {branch.pk: branch.path for branch in branches(active=False) if branch.pk in wanted}
