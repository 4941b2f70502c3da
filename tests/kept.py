"""Worlds that one test after another begins with: made once, kept behind a savepoint, found again as they were made.

    @kept
    def shipped(now: dt.datetime = NOW) -> PurchaseOrder: …

The tests of one folder run in one transaction. What a kept maker wrote stays in it behind a savepoint, and after every
test the transaction goes back to the last of these. A test that asks the same maker the same, before anything else it
does with the database, gets a copy of what was made and the rows as they were written; one that asks for another world,
or for none, goes back to where its own begins before its first statement. Makers may call one another: `shipped` stands
on the savepoint of `producing`, and both are found.

So a test sees exactly what it would see had it made all of it: nothing of another test, and no world it did not ask
for. Only the numbers of the rows are those of the test that came first. Nothing is kept while the clock travels or
something is patched, nor for arguments that are more than values: then the maker just runs. What the database
does not hold goes along: the hooks that wait for a commit, and which book the process remembers. A maker must not leave
anything anywhere else, such as in the cache.
"""

from __future__ import annotations

import copy
import datetime as dt
import functools
import itertools
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, fields, is_dataclass
from decimal import Decimal
from typing import Any, ParamSpec, TypeVar, cast

import psycopg2
import pytest
import time_machine
from django.conf import UserSettingsHolder, settings
from django.db import connections
from django.db.models import Model
from django.test import TestCase
from django.utils import translation

from office.rulebook import selectors

P = ParamSpec("P")
R = TypeVar("R")

PLAIN = (str, int, bool, Decimal, dt.date, dt.datetime, dt.timedelta, type(None))
#: Seconds after which a transaction is not gone on with: others wait for the oldest one.
LONGEST = 30.0
#: What changes nothing, and may be asked before a world is.
_READS = re.compile(
    r"\s*SELECT\b(?!.*\b(FOR (NO KEY )?UPDATE|nextval|setval|set_config|pg_\w*lock)\b)", re.DOTALL
)


@dataclass
class _Layer:
    """A savepoint; below it the rows of the layers before it and those that the maker wrote."""

    savepoint: str
    key: object = None
    begins: int = 0  # how many layers lay below when the maker was called
    value: object = None
    hooks: list[Any] = field(default_factory=list)
    memory: dict[str, Any] = field(default_factory=dict)
    #: What was only read on this very state: key → value.
    seen: dict[object, object] = field(default_factory=dict)


class Worlds:
    """The layers of this process, and how far into them the running test has come."""

    def __init__(self) -> None:
        self.layers: list[_Layer] = []
        self.depth = 0  # the test stands on layers[:depth], the first of which is the empty world
        self.untouched = False  # it has done nothing else with the database yet
        self.wrote = False
        self._atomics: dict[str, Any] | None = None
        self._session: object = None
        self._names = (f"kept_{n}" for n in itertools.count())
        self._patches: pytest.MonkeyPatch | None = None  # None: this test's folder keeps nothing
        self._usual = 0
        self._running = self._over = False
        self._begun = 0.0
        self.unblock: Callable[[], Any] = nullcontext

    # What Django's TestCase does around a test.

    def begin(self, case: type[TestCase]) -> None:
        connection = connections["default"]
        if self._atomics is not None and not self._ours():
            self.discard()
        self._running = True
        if self._atomics is None:
            plain = connection.in_atomic_block  # a transaction around this one, which is not ours
            self._atomics = case._enter_atomics()  # type: ignore[attr-defined]
            self._session, self._begun = connection.connection, time.monotonic()
            if plain:
                return
            self.layers = [_Layer(self._mark(), memory=_memory())]
        self.depth, self.untouched, self.wrote, self._over = 1, True, False, False
        connection.execute_wrappers.append(self._before)

    def end(self, case: TestCase) -> None:
        connection = connections["default"]
        touched = not self.untouched
        self._running = False
        self._rest()
        try:
            if touched and case._should_check_constraints(connection):  # type: ignore[attr-defined]
                connection.check_constraints()
        finally:
            old = time.monotonic() - self._begun > LONGEST
            if self._over or old or len(self.layers) < 2 or not self._back():
                self.discard()

    def before_the_last_teardown(self, last: bool) -> None:
        """Told before a test is taken down whether it is the last of its folder."""
        self._over |= last
        if last and not self._running:
            self.discard()

    def discard(self) -> None:
        """Nothing is kept any longer: the folder ends, or the connection is not what it was."""
        atomics, self._atomics, self.layers = self._atomics, None, []
        if atomics is not None:
            with self.unblock():
                TestCase._rollback_atomics(atomics)  # type: ignore[attr-defined]

    def _back(self) -> bool:
        """To the newest layer; False when that cannot be."""
        connection = connections["default"]
        if not self._ours():
            return False
        try:
            self._say(f"ROLLBACK TO SAVEPOINT {self.layers[-1].savepoint}")
        except psycopg2.Error:
            return False
        connection.run_on_commit = []
        connection.needs_rollback = False
        return True

    def _ours(self) -> bool:
        """Whether the transaction is still the one that was begun, and nothing in it is open."""
        connection = connections["default"]
        return (
            connection.connection is self._session
            and not connection.closed_in_transaction
            and not connection.savepoint_ids
            and len(connection.atomic_blocks) == 1
        )

    # What a maker does.

    @contextmanager
    def kept(self, patches: pytest.MonkeyPatch) -> Iterator[None]:
        """The running test keeps its worlds; patches beyond those that are already there make them its own."""
        self._patches, self._usual = patches, _patched(patches)
        yield
        self._patches = None

    def of(self, make: Callable[..., Any], args: tuple[Any, ...], more: dict[str, Any]) -> Any:
        key = self._key(make, args, more) if self.untouched else None
        if key is None:
            return make(*args, **more)
        begins = self.depth
        found = next((n for n in range(begins, len(self.layers)) if self._is(n, key, begins)), None)
        if found is not None:
            for layer in self.layers[begins : found + 1]:
                connections["default"].run_on_commit.extend(layer.hooks)
            self.depth = found + 1
            _remember(self.layers[found].memory)
            return copy.deepcopy(self.layers[found].value)
        seen = self.layers[begins - 1].seen
        if key in seen:
            return copy.deepcopy(seen[key])
        hooks = len(connections["default"].run_on_commit)
        value = make(*args, **more)
        after = connections["default"]
        if after.savepoint_ids or after.needs_rollback or self._key(make, args, more) != key:
            return value  # what was given is changed, too
        self._keep(key, begins, value, hooks)
        return value

    def _keep(self, key: object, begins: int, value: object, hooks: int) -> None:
        if not self.wrote and self.depth == begins:
            self.layers[begins - 1].seen[key] = copy.deepcopy(value)
            self.untouched = True
            return
        if self.untouched and self.depth == begins:
            return
        self._only_what_was_asked_for()
        taken = sum(len(layer.hooks) for layer in self.layers[begins : self.depth])
        waiting = connections["default"].run_on_commit[hooks + taken :]
        self.layers[self.depth :] = [
            _Layer(self._mark(), key, begins, copy.deepcopy(value), list(waiting), _memory())
        ]
        self.depth += 1
        self.untouched, self.wrote = True, False

    def _is(self, n: int, key: object, begins: int) -> bool:
        return self.layers[n].begins == begins and self.layers[n].key == key

    def _key(self, make: Callable[..., Any], args: tuple[Any, ...], more: dict[str, Any]) -> object | None:
        """None where the world depends on more than values and settings."""
        if (
            self._patches is None
            or _patched(self._patches) != self._usual
            or time_machine.escape_hatch.is_travelling()
            or threading.current_thread() is not threading.main_thread()
            or connections["default"].connection is not self._session
            or connections["default"].savepoint_ids
        ):
            return None
        try:
            given = _frozen(args), tuple((name, _frozen(value)) for name, value in sorted(more.items()))
        except TypeError:
            return None
        return make.__module__, make.__qualname__, given, translation.get_language(), _changed_settings()

    def _before(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        """The first statement of a test finds the world that the test has asked for, and no more than it."""
        if self.untouched:
            self._only_what_was_asked_for()
        if "SET CONSTRAINTS" in str(sql).upper():
            self._over = True  # outlives a savepoint that is gone back to
        if not self.wrote:
            self.wrote = not _READS.match(str(sql))
        return execute(sql, params, many, context)

    def _only_what_was_asked_for(self) -> None:
        if self.untouched and self.depth < len(self.layers):
            self._say(f"ROLLBACK TO SAVEPOINT {self.layers[self.depth - 1].savepoint}")
            del self.layers[self.depth :]
        self.untouched = False

    def _rest(self) -> None:
        self.untouched = False
        wrappers = connections["default"].execute_wrappers
        while self._before in wrappers:
            wrappers.remove(self._before)

    def _mark(self) -> str:
        name = next(self._names)
        self._say(f"SAVEPOINT {name}")
        return name

    def _say(self, statement: str) -> None:
        """Past Django: no test counts it."""
        with connections["default"].connection.cursor() as cursor:
            cursor.execute(statement)


worlds = Worlds()


def kept(make: Callable[P, R]) -> Callable[P, R]:
    """A maker of a world: see above."""

    @functools.wraps(make)
    def made(*args: P.args, **more: P.kwargs) -> R:
        return cast(R, worlds.of(make, args, more))

    return made


def _frozen(value: object) -> object:
    """An argument as part of a key; TypeError for what is more than a value."""
    if isinstance(value, PLAIN):
        return type(value).__name__, value
    if isinstance(value, tuple | list):
        return tuple(_frozen(each) for each in value)
    if isinstance(value, Model):
        facts = {name: fact for name, fact in vars(value).items() if not name.startswith("_")}
        return value._meta.label, repr(sorted(facts.items()))
    if is_dataclass(value) and not isinstance(value, type):
        return type(value).__name__, tuple(
            (each.name, _frozen(getattr(value, each.name))) for each in fields(value)
        )
    raise TypeError


def _patched(patches: pytest.MonkeyPatch) -> int:
    return len(patches._setattr) + len(patches._setitem)


def _changed_settings() -> str:
    found: list[dict[str, Any]] = []
    holder = cast(Any, settings)._wrapped
    while isinstance(holder, UserSettingsHolder):
        found.append({name: value for name, value in vars(holder).items() if name.isupper()})
        holder = holder.default_settings
    return repr(found)


def _memory() -> dict[str, Any]:
    return dict(vars(selectors._remembered))


def _remember(memory: dict[str, Any]) -> None:
    vars(selectors._remembered).update(memory)
