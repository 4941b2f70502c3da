"""What other desks show beside an order, such as complaints about its goods. Desks do not know each other: the wiring
registers here what it finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from orders.selectors.order import Viewer


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    url: str
    state: StrOrPromise


@dataclass(frozen=True, slots=True)
class Beside:
    """One block: its title, its lines, and where a new one is begun ("" when the viewer may not)."""

    title: StrOrPromise
    lines: tuple[Line, ...]
    add_url: str = ""
    add_label: StrOrPromise = ""


Provider = Callable[["Viewer", int], "Beside | None"]
_providers: list[Provider] = []


def register_beside(provider: Provider) -> None:
    """Called in `apps.ready()`. `provider(who, order id)` of an order that the viewer sees; None for nothing."""
    _providers.append(provider)


def beside(who: Viewer, order_id: int) -> list[Beside]:
    return [block for provider in _providers if (block := provider(who, order_id)) is not None]
