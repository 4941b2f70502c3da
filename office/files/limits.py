"""How large an upload may be. Desks read the figures out of the book and pass them in as values."""

from __future__ import annotations

from typing import NamedTuple

#: A picture up to this size is looked at, so that a smaller one can be offered in its place.
LARGEST_PICTURE = 25_000_000


class Limits(NamedTuple):
    """Bytes by family; 0: this family is not taken here. `clause`: what a refusal rests on, such as "C6.9"."""

    image: int = 0
    video: int = 0
    document: int = 0
    clause: str = ""

    def of(self, family: str) -> int:
        return {"image": self.image, "video": self.video, "document": self.document}.get(family, 0)

    def largest(self) -> int:
        """No upload above this can be taken, whatever it is."""
        return max(self.video, self.document, LARGEST_PICTURE if self.image else 0)
