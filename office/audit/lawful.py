"""Models whose rows are law (C7.5): the ORM refuses to change or delete them before the database has to, and the
attempt is recorded with the name of whoever made it."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from office.audit.services import incident
from office.errors import Refused
from office.subjects import Subject


class LawRefused(Refused):
    """The row is law: it is never changed or deleted. Corrections are new facts."""

    status = 403
    code = "law"


def refuse(act: str, subject: Subject) -> NoReturn:
    """Record the attempt, then raise LawRefused. `act` is UPDATE or DELETE."""
    incident("law", subject=subject, now=timezone.now(), detail=f"{act} was refused by the application")
    raise LawRefused(
        _("This record is law: it is neither changed nor deleted. A correction is a new fact beside it."),
        clause="C7.5",
    )


class LawQuerySet(models.QuerySet[Any]):
    """Reads and inserts only."""

    def _subject(self) -> Subject:
        table = self.model._meta.db_table
        only = list(self[:2]) if not self.query.is_sliced else []
        if len(only) == 1 and isinstance(only[0], LawModel):
            return only[0].law_subject()
        return Subject("table", table, table)

    def update(self, **kwargs: Any) -> int:
        refuse("UPDATE", self._subject())

    def delete(self) -> tuple[int, dict[str, int]]:
        refuse("DELETE", self._subject())

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        refuse("UPDATE", self._subject())

    def update_or_create(self, *args: Any, **kwargs: Any) -> tuple[Any, bool]:
        refuse("UPDATE", self._subject())


class LawModel(models.Model):
    """An insert-only row."""

    objects = LawQuerySet.as_manager()

    class Meta:
        abstract = True

    def law_subject(self) -> Subject:
        """What an incident calls this row."""
        return Subject(self._meta.model_name or "", str(self.pk), f"#{self.pk}")

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            refuse("UPDATE", self.law_subject())
        kwargs["force_insert"] = True  # never an UPDATE of a row that somebody else wrote under this id
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        refuse("DELETE", self.law_subject())
