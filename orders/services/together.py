"""Requests that come while one is at work are worked off together: the group commit of a process's threads.

Whoever asks while nobody works for the same key starts at once, alone: a lone request never waits for company. Whoever
asks meanwhile queues. When the work is done, the first in the queue leads the next round and takes along all that fit,
so a round is as large as what came during the last one: nothing is delayed on purpose, and a burst is shared out by
itself. All of it lives in the threads that ask; there is no thread, timer or task of its own to die.

What holds, whatever happens:

- A job is given to `work` at most once, by one leader, and its asker gets the answer of that very call.
- An asker is never left behind. The leader answers all of its round in a `finally`; whom it cannot answer, because the
  work failed or left that one out, gets None and does the job by himself. So one bad job never costs another one.
- Leadership is handed on in the same `finally`, before the answers: while anybody queues, somebody leads.
- Nobody waits longer than `patience`: a leader may hang in the database, and then each waits there for himself, as if
  there were no rounds. A job that was given up may still be done by its leader; so jobs must bear being done twice, as
  everything does that a sender may send twice.
- A round is of one process. Two processes meet only in the database, whose locks and unique keys decide.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

import structlog

log = structlog.get_logger(__name__)

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


class Together(Generic[Job, Result]):
    """`work` does a round of jobs in one go and answers each; None for one that must be done alone.

    `fits(round, job)` says whether a job may join a round; one that may not waits for the next. A round has at most
    `limit` jobs.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Job]], Sequence[Result | None]],
        *,
        fits: Callable[[Sequence[Job], Job], bool],
        limit: int = 32,
        patience: float = 20.0,
    ) -> None:
        self._work, self._fits = work, fits
        self._limit, self._patience = limit, patience
        self._guard = threading.Lock()
        self._queues: dict[
            Hashable, deque[_Asker[Job, Result]]
        ] = {}  # a key is here while somebody leads for it

    def ask(self, key: Hashable, job: Job) -> Result | None:
        """The answer to `job`, worked off with whatever else waits under `key`. None: do it alone. What `work` raises
        over this job alone is raised; over several it is answered by None to each."""
        own: _Asker[Job, Result] = _Asker(job)
        with self._guard:
            queue = self._queues.get(key)
            if queue is None:
                self._queues[key] = deque()
            else:
                queue.append(own)
        if queue is not None and not own.called.acquire(timeout=self._patience) and self._withdraw(key, own):
            return None
        if queue is not None and not own.leads:
            return own.answer
        return self._lead(key, own)

    def _withdraw(self, key: Hashable, own: _Asker[Job, Result]) -> bool:
        """Out of patience. False when he was called at the last moment."""
        with self._guard:
            if own.called.acquire(blocking=False):
                return False
            queue = self._queues.get(key)
            if queue is not None and own in queue:
                queue.remove(own)
            return True

    def _lead(self, key: Hashable, own: _Asker[Job, Result]) -> Result | None:
        members = [own]
        answers: Sequence[Result | None] = ()
        try:
            self._gather(key, members)
            answers = self._work([asker.job for asker in members])
        except Exception as error:
            if len(members) == 1:
                raise
            log.warning("booked one by one", error=type(error).__name__, count=len(members))
        finally:
            self._hand_on(key, members, answers)
        return own.answer

    def _gather(self, key: Hashable, members: list[_Asker[Job, Result]]) -> None:
        with self._guard:
            queue = self._queues[key]
            if not queue:
                return
            jobs, left = [members[0].job], []
            while queue and len(members) < self._limit:
                asker = queue.popleft()
                if self._fits(jobs, asker.job):
                    members.append(asker)
                    jobs.append(asker.job)
                else:
                    left.append(asker)
            queue.extendleft(reversed(left))

    def _hand_on(
        self, key: Hashable, members: list[_Asker[Job, Result]], answers: Sequence[Result | None]
    ) -> None:
        with self._guard:
            queue = self._queues[key]
            if queue:
                first = queue.popleft()
                first.leads = True
                first.called.release()
            else:
                del self._queues[key]
            for asker, answer in zip(members, answers, strict=False):
                asker.answer = answer
            for asker in members[1:]:
                asker.called.release()
