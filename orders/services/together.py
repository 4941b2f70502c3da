"""Requests that come while one is at work are worked off together: the group commit of a process's threads.

Whoever asks while nobody works for the same key starts at once, alone: a lone request never waits for company. Whoever
asks meanwhile queues. When the work is done, the first in the queue leads the next round and takes along all that fit,
so a burst is shared out by itself. While many ask, the leader gives two kinds a moment: those of the last round, to
come back, and those who are at the door already (`coming`), to get through it. It begins with half of them: a round's
cost is mostly its own, so many small ones answer fewer requests, but in a round of all nobody is left whose message
could be read and checked while the database works.

A round that has nothing left but to wait for the disk says so (`pass_on`). Where that takes long, the next one begins
meanwhile, and two are under way by turns, never more; where it is over at once, one at a time is cheaper.
All of it lives in the threads that ask; there is no thread, timer or task of its own to die.

What holds, whatever happens:

- A job is given to `work` at most once, by one leader, and its asker gets the answer of that very call.
- An asker is never left behind. The leader answers all of its round in a `finally`; whom it cannot answer, because the
  work failed or left that one out, gets None and does the job by himself. So one bad job never costs another one.
- Leadership is handed on in the same `finally`, before the answers: while anybody queues, somebody leads.
- Nobody waits longer than `patience`: a leader may hang in the database, and then each waits there for himself, as if
  there were no rounds. A job that was given up may still be done by its leader; so jobs must bear being done twice, as
  everything does that a sender may send twice.
- Nobody lingers for company that is not likely: those of the last round are waited for only when that has just ended
  and while others come, the shorter the fewer are missing (`linger` when all are); those at the door, whose messages
  are read and being checked, need the same processor; and after `longest` the leader starts, whoever is missing.
- Two rounds under way are two transactions of two connections, as two processes have them.
- A round is of one process. Two processes meet only in the database, whose locks and unique keys decide.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

import structlog

log = structlog.get_logger(__name__)

#: Seconds for which the crowd of a round says something about the next one.
_JUST_ENDED = 0.05
#: What the last waits said weighs so much less than what they say now.
_FADING = 0.2

Job = TypeVar("Job")
Result = TypeVar("Result")


class _Asker(Generic[Job, Result]):
    """One who waits: for an answer, or for his turn to lead."""

    __slots__ = ("answer", "called", "job", "leads")

    def __init__(self, job: Job) -> None:
        self.job = job
        self.leads = False
        self.answer: Result | None = None
        self.called = threading.Lock()  # held until he is called: the cheapest bell there is
        self.called.acquire()


class _Line(Generic[Job, Result]):
    """What is known of one key: who queues, whether somebody leads, and how many were there at the last round."""

    __slots__ = ("crowd", "due", "ended", "led", "lingering", "passed", "queue", "under_way", "waits")

    def __init__(self) -> None:
        self.queue: deque[_Asker[Job, Result]] = deque()
        self.led = False
        self.lingering: _Asker[Job, Result] | None = None  # the leader, while he waits for company
        self.under_way = 0  # askers whose rounds have begun and not ended
        self.waits = 0.0  # seconds for which the last rounds waited after they could have passed the lead on
        self.passed = 0  # rounds that have passed the lead on and not ended
        self.due = False  # nobody leads, but only until one of those has ended
        self.crowd = 1
        self.ended = 0.0


class _Round(Generic[Job, Result]):
    """One round while it is worked off, for its leader's thread."""

    __slots__ = ("line", "members", "passed", "waits_since")

    def __init__(self, line: _Line[Job, Result], leader: _Asker[Job, Result]) -> None:
        self.line = line
        self.members = [leader]
        self.passed = False
        self.waits_since = 0.0


class Together(Generic[Job, Result]):
    """`work` does a round of jobs in one go and answers each; None for one that must be done alone.

    `fits(round, job)` says whether a job may join a round; one that may not waits for the next. A round has at most
    `limit` jobs. When rounds wait longer than `worth` seconds after they could have passed on, they do.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Job]], Sequence[Result | None]],
        *,
        fits: Callable[[Sequence[Job], Job], bool],
        limit: int = 32,
        worth: float = 0.02,
        patience: float = 20.0,
        linger: float = 0.01,
        longest: float = 0.02,
    ) -> None:
        self._work, self._fits = work, fits
        self._worth = worth
        self._limit, self._patience, self._linger, self._longest = limit, patience, linger, longest
        self._guard = threading.Lock()
        self._coming = 0  # at the door, of all keys: which one they will ask under is not known yet
        self._here = threading.local()
        self._lingering: set[_Line[Job, Result]] = set()
        self._lines: dict[Hashable, _Line[Job, Result]] = {}

    @contextmanager
    def coming(self) -> Iterator[None]:
        """Inside, this thread probably asks soon: whoever leads may wait for it. Until it asks, or is `gone`."""
        with self._guard:
            self._coming += 1
        self._here.coming = True
        try:
            yield
        finally:
            self.gone()

    def gone(self) -> None:
        """This thread will not ask soon."""
        if getattr(self._here, "coming", False):
            with self._guard:
                self._come()

    def _come(self) -> None:
        if getattr(self._here, "coming", False):
            self._here.coming = False
            self._coming -= 1
            if not self._coming:
                for line in tuple(self._lingering):
                    self._call_leader(line)

    def ask(self, key: Hashable, job: Job) -> Result | None:
        """The answer to `job`, worked off with whatever else waits under `key`. None: do it alone. What `work` raises
        over this job alone is raised; over several it is answered by None to each."""
        own: _Asker[Job, Result] = _Asker(job)
        with self._guard:
            line = self._lines.setdefault(key, _Line())
            queues = line.led
            if queues:
                line.queue.append(own)
            self._come()
            if queues:
                self._call_leader(line)
            line.led = True
        if queues and not own.called.acquire(timeout=self._patience) and self._withdraw(line, own):
            return None
        if queues and not own.leads:
            return own.answer
        return self._lead(line, own)

    def _all_here(self, line: _Line[Job, Result]) -> bool:
        there = len(line.queue) + 1
        return there >= self._limit or (not self._coming and there >= self._wanted(line))

    def _wanted(self, line: _Line[Job, Result]) -> int:
        """So many make a round worth beginning: half of those who were there last. While the database has the one
        half, the other comes through the door, and neither processor nor database waits for the other."""
        return (line.crowd + 1) // 2

    def _abreast(self, line: _Line[Job, Result]) -> bool:
        return line.waits > self._worth

    def _missing(self, line: _Line[Job, Result]) -> float:
        """Which part of those who are wanted is not there yet."""
        return max(1 - (len(line.queue) + 1) / self._wanted(line), 0.1)

    def _call_leader(self, line: _Line[Job, Result]) -> None:
        if line.lingering is not None and self._all_here(line):
            line.lingering.called.release()
            self._end_lingering(line)

    def _end_lingering(self, line: _Line[Job, Result]) -> None:
        line.lingering = None
        self._lingering.discard(line)

    def _withdraw(self, line: _Line[Job, Result], own: _Asker[Job, Result]) -> bool:
        """Out of patience. False when he was called at the last moment."""
        with self._guard:
            if own.called.acquire(blocking=False):
                return False
            if own in line.queue:
                line.queue.remove(own)
            return True

    def _lead(self, line: _Line[Job, Result], own: _Asker[Job, Result]) -> Result | None:
        round_ = self._here.round = _Round(line, own)
        members = round_.members
        with self._guard:
            line.under_way += 1
        answers: Sequence[Result | None] = ()
        try:
            self._wait_for_company(line, own)
            self._gather(line, members)
            answers = self._work([asker.job for asker in members])
        except Exception as error:
            if len(members) == 1:
                raise
            log.warning("booked one by one", error=type(error).__name__, count=len(members))
        finally:
            self._here.round = None
            self._end(round_, answers)
        return own.answer

    def pass_on(self) -> None:
        """Said by `work` when all that is left of its round is to wait for it: the next round may begin meanwhile."""
        round_: _Round[Job, Result] | None = getattr(self._here, "round", None)
        if round_ is None or round_.waits_since:
            return
        with self._guard:
            round_.waits_since = time.monotonic()
            line = round_.line
            if not self._abreast(line):
                return
            round_.passed = True
            line.passed += 1
            if line.passed == 1:
                self._hand_on(line)
            else:
                line.due = True

    def _wait_for_company(self, line: _Line[Job, Result], own: _Asker[Job, Result]) -> None:
        began = time.monotonic()
        with self._guard:
            if began - line.ended > _JUST_ENDED:
                line.crowd = 1
            if self._all_here(line):
                return
            line.lingering, there = own, len(line.queue)
            self._lingering.add(line)
        while not own.called.acquire(timeout=self._linger * self._missing(line)):
            with self._guard:
                before, there = there, len(line.queue)
                likely = self._coming or there > before or line.passed
                if not likely or time.monotonic() - began > self._longest:
                    break
        with self._guard:
            self._end_lingering(line)

    def _gather(self, line: _Line[Job, Result], members: list[_Asker[Job, Result]]) -> None:
        with self._guard:
            queue = line.queue
            jobs, left = [members[0].job], []
            while queue and len(members) < self._limit:
                asker = queue.popleft()
                if self._fits(jobs, asker.job):
                    members.append(asker)
                    jobs.append(asker.job)
                else:
                    left.append(asker)
            queue.extendleft(reversed(left))
            line.under_way += len(members) - 1

    def _hand_on(self, line: _Line[Job, Result]) -> None:
        line.due = False
        line.crowd = min(line.under_way + len(line.queue), self._limit)
        line.ended = time.monotonic()
        if line.queue:
            first = line.queue.popleft()
            first.leads = True
            first.called.release()
        else:
            line.led = False

    def _end(self, round_: _Round[Job, Result], answers: Sequence[Result | None]) -> None:
        line, members = round_.line, round_.members
        with self._guard:
            if not round_.passed:
                self._hand_on(line)
            else:
                line.passed -= 1
                if line.due:
                    self._hand_on(line)
            line.under_way -= len(members)
            if round_.waits_since:
                line.waits += (time.monotonic() - round_.waits_since - line.waits) * _FADING
            for asker, answer in zip(members, answers, strict=False):
                asker.answer = answer
            for asker in members[1:]:
                asker.called.release()
