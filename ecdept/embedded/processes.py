"""Child processes that never outlive us: own group, a death signal, a list on disk.

Not honcho: its manager stops everything at once instead of the programs before the servers, does not know
SIGHUP, and its children outlive a killed parent. On Linux the kernel signals a child when its parent dies
(PR_SET_PDEATHSIG), so `kill -9` of `./dev` leaves nothing behind. Elsewhere, and for grandchildren that
ignored it, the next start finds the list and ends what is left.
"""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from ecdept.embedded.home import Home, write_private

LARGEST_LOG = 20_000_000
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(death_signal: signal.Signals, parent: int) -> Callable[[], None] | None:
    """What a child runs before exec so that the kernel sends it `death_signal` when process `parent` dies."""
    libc = _libc
    if libc is None:
        return None

    def prepare() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # it died before the call above
            os.kill(os.getpid(), signal.SIGKILL)

    return prepare


@dataclass
class Child:
    """One started process and how it is asked to stop."""

    name: str
    popen: "subprocess.Popen[bytes]"
    stop_signal: signal.Signals
    log: Path
    log_start: int = 0  #: where its own lines begin: the log goes on behind those of earlier starts

    @property
    def pid(self) -> int:
        return self.popen.pid

    def ended(self) -> bool:
        return self.popen.poll() is not None

    def stop(self, patience: float) -> None:
        """Ask, wait `patience` seconds, then kill; in the end its whole group is gone."""
        if not self.ended():
            with contextlib.suppress(ProcessLookupError):
                self.popen.send_signal(self.stop_signal)
            try:
                self.popen.wait(patience)
            except subprocess.TimeoutExpired:
                self.kill()
                self.popen.wait()
        self.kill()

    def kill(self) -> None:
        """Kill every process of the group; nothing happens when none is left."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def last_words(self) -> str:
        """The last line that it wrote itself and that tells something."""
        try:
            with self.log.open("rb") as file:
                file.seek(self.log_start)
                lines = file.read().decode(errors="replace").splitlines()
        except OSError:
            return ""
        for line in reversed(lines[-40:]):
            for sign in ("FATAL:", "PANIC:", "ERROR:", "Error:", "error:", "postgres: "):
                if sign in line:
                    return line.partition(sign)[2].strip()
        return lines[-1].strip() if lines else ""


def start(
    home: Home,
    name: str,
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path | None = None,
    user: int | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
    pass_fds: Sequence[int] = (),
    log_stdout: bool = True,
) -> Child:
    """Start `command` in a process group of its own, output appended to `log/NAME.log`; put it on the list.

    `stop_signal` is sent by `Child.stop` and, on Linux, by the kernel when we die. `user` is a numeric user
    (and group) id for the child, only when we are root.
    """
    log = home.log / f"{name}.log"
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as output:
        log_start = output.seek(0, os.SEEK_END)
        popen = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output if log_stdout else subprocess.DEVNULL,
            stderr=output,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=[] if user is not None else None,
            umask=0o077,
            pass_fds=tuple(pass_fds),
            preexec_fn=die_with_parent(stop_signal, os.getpid()),
        )
    child = Child(name, popen, stop_signal, log, log_start)
    _list(home, child)
    return child


def _list(home: Home, child: Child) -> None:
    path = home.run / "children.json"
    known = [each for each in _listed(path) if psutil.pid_exists(int(each["pid"]))]
    with contextlib.suppress(psutil.NoSuchProcess):
        known.append({"pid": child.pid, "started": psutil.Process(child.pid).create_time()})
    write_private(path, json.dumps(known))


def _listed(path: Path) -> list[dict[str, float]]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return []
    return [each for each in found if isinstance(each, dict)]


def end_leftovers(home: Home) -> int:
    """End what an earlier, killed run left running in this home; returns how many processes that were.

    A process counts as ours only when id and start time are the listed ones, so a reused id is safe.
    """
    path = home.run / "children.json"
    left: list[psutil.Process] = []
    for each in _listed(path):
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(int(each["pid"]))
            if abs(process.create_time() - each["started"]) < 1:
                left += [process, *process.children(recursive=True)]
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE:
                process.send_signal(signal.SIGINT if "postgres" in process.name() else signal.SIGTERM)
    _gone, alive = psutil.wait_procs(left, timeout=20)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=5)
    path.unlink(missing_ok=True)
    return len(left)
