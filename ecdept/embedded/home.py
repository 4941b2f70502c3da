"""The folder where all state lives: data, logs, backups, secrets, locks. `$ECDEPT_HOME`, else `var/`."""

import base64
import contextlib
import fcntl
import hashlib
import json
import os
import re
import secrets
import stat
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent.parent
#: A socket's path ends at 107 bytes on Linux and at 103 on macOS; the servers' file names need up to 24.
LONGEST_SOCKET_FOLDER = 103 - 24

#: What every address parser on the way (libpq, redis, kombu, django-environ) reads alike without quoting.
PLAIN_PATH = re.compile(r"[A-Za-z0-9_./+-]+")


class CannotRun(Exception):
    """One clear sentence for the person at the terminal; `./dev` prints it and ends with code 1."""


def chosen_home() -> "Home":
    """The home that the environment names, made if it is new. Raises `CannotRun`."""
    return Home(Path(os.environ.get("ECDEPT_HOME") or ROOT / "var").expanduser().absolute())


@dataclass
class Home:
    """Paths below one home, its lock and its secrets."""

    path: Path
    _lock: IO[str] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            for name in ("run", "log", "backups"):
                folder = self.path / name
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise CannotRun(f"the folder {self.path} cannot be used: {error.strerror}.") from error

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def log(self) -> Path:
        return self.path / "log"

    @property
    def backups(self) -> Path:
        return self.path / "backups"

    def lock(self, purpose: str) -> bool:
        """Take this home for ourselves; False when somebody else holds it (see `holder`)."""
        handle = (self.run / "lock").open("a+")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            return False
        self._lock = handle
        self.note(purpose=purpose, ready=False)
        return True

    def note(self, *, purpose: str, ready: bool, site: str = "") -> None:
        """Write into the lock file who holds it, whether the servers answer and are migrated, and the address."""
        if self._lock is None:
            raise RuntimeError("note() needs the lock")
        self._lock.seek(0)
        self._lock.truncate()
        json.dump({"pid": os.getpid(), "purpose": purpose, "ready": ready, "site": site}, self._lock)
        self._lock.flush()

    def unlock(self) -> None:
        if self._lock is not None:
            self._lock.seek(0)
            self._lock.truncate()
            self._lock.close()
            self._lock = None

    def holder(self) -> dict[str, object]:
        """What the holder of the lock noted; empty while it has noted nothing."""
        try:
            noted = json.loads((self.run / "lock").read_text())
        except (OSError, ValueError):
            return {}
        return noted if isinstance(noted, dict) else {}

    @contextlib.contextmanager
    def attached(self, seconds: float = 300) -> Iterator[bool]:
        """Use the servers of this home: True: the lock is ours, we start them; False: its holder runs them.

        Waits for a holder that is still starting. A holder that only ran a command waits for us before it
        stops them. Raises `CannotRun` when the holder is not ready within `seconds`.
        """
        for _ in wait_until(seconds, 0.1):
            if self.lock("manage"):
                try:
                    yield True
                finally:
                    self.unlock()
                return
            with (self.run / "attached").open("a") as shared:
                fcntl.flock(shared, fcntl.LOCK_SH)
                if self.holder().get("ready"):
                    yield False
                    return
        raise CannotRun(
            f"the servers of {self.path} are not ready (held by process {self.holder().get('pid')})."
        )

    @contextlib.contextmanager
    def others_detached(self) -> Iterator[None]:
        """Wait until nobody else uses our servers, and keep newcomers out while the block stops them."""
        with (self.run / "attached").open("a") as exclusive:
            fcntl.flock(exclusive, fcntl.LOCK_EX)
            yield

    def secrets(self) -> dict[str, str]:
        """Every generated secret, made on the first call and kept in `secrets.env` (0600)."""
        path = self.path / "secrets.env"
        known: dict[str, str] = {}
        if path.exists():
            path.chmod(0o600)
            for line in path.read_text().splitlines():
                name, sign, value = line.partition("=")
                if sign:
                    known[name] = value
        fresh = {
            "POSTGRES_PASSWORD": secrets.token_urlsafe(24),
            "OWNER_PASSWORD": secrets.token_urlsafe(24),
            "APP_PASSWORD": secrets.token_urlsafe(24),
            "VALKEY_PASSWORD": secrets.token_urlsafe(24),
            "SECRET_KEY": secrets.token_urlsafe(48),
            "ECDEPT_KEYS": "k1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
            "METRICS_TOKEN": secrets.token_urlsafe(24),
        }
        missing = {name: value for name, value in fresh.items() if name not in known}
        if missing:
            known |= missing
            text = "".join(f"{name}={value}\n" for name, value in known.items())
            write_private(path, text)
        return known

    def short_folder(self, folder: Path) -> Path:
        """A path to `folder` fit for sockets and addresses: itself, or a link in a private folder."""
        if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER and PLAIN_PATH.fullmatch(str(folder)):
            return folder
        name = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:10]
        private = Path(tempfile.gettempdir()) / f"ecdept-{os.geteuid()}-{name}"
        if len(os.fsencode(private)) > LONGEST_SOCKET_FOLDER - 10:
            private = Path("/tmp") / private.name  # noqa: S108  checked below: ours, and nobody else's to enter
        private.mkdir(mode=0o700, exist_ok=True)
        facts = private.lstat()
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid() or facts.st_mode & 0o077:
            raise CannotRun(f"{private} belongs to somebody else; choose a shorter ECDEPT_HOME.")
        link = private / folder.parent.name
        if not link.is_symlink() or link.readlink() != folder:
            link.unlink(missing_ok=True)
            link.symlink_to(folder)
        return link


def write_private(path: Path, text: str) -> None:
    """Write a file that only we can read, whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def wait_until(seconds: float, step: float = 0.05) -> "Ticks":
    """Iterate until time is up: `for _ in wait_until(5): if done: break`, with `else:` for too late."""
    return Ticks(time.monotonic() + seconds, step)


@dataclass
class Ticks:
    """The moments of `wait_until`."""

    end: float
    step: float
    _first: bool = True

    def __iter__(self) -> "Ticks":
        return self

    def __next__(self) -> float:
        if not self._first:
            time.sleep(self.step)
        self._first = False
        left = self.end - time.monotonic()
        if left <= 0:
            raise StopIteration
        return left
