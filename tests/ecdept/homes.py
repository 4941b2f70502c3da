"""Homes of `./dev` for tests: started as a person would, in a short folder, without the test run's own servers."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent.parent
SERVERS = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "DATABASE_ADMIN_URL",
    "REDIS_URL",
    "PROMETHEUS_MULTIPROC_DIR",
)


@dataclass
class DevHome:
    """A home folder and the commands of `./dev` on it."""

    path: Path
    running: "list[subprocess.Popen[str]]" = field(default_factory=list)

    def environment(self, **more: str) -> dict[str, str]:
        env = {name: value for name, value in os.environ.items() if name not in SERVERS}
        for name in (
            "PYTEST_CURRENT_TEST",
            "PYTEST_XDIST_WORKER",
            "ECDEPT_DEMO",
            "ECDEPT_PROCESS",
            "SECRET_KEY",
            "ECDEPT_KEYS",
        ):
            env.pop(name, None)
        return env | {"ECDEPT_HOME": str(self.path)} | more

    def dev(self, *arguments: str, timeout: float = 300, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(ROOT / "dev"), *arguments],
            env=self.environment(**more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def start(self, *arguments: str, **more: str) -> "subprocess.Popen[str]":
        """Start `./dev …`, its output in one file `out` of the home's parent."""
        with self.output.open("w") as output:
            started = subprocess.Popen(
                [str(ROOT / "dev"), *arguments],
                env=self.environment(**more),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )
        self.running.append(started)
        return started

    @property
    def output(self) -> Path:
        return self.path.with_name(self.path.name + ".out")

    def up(self, port: int, *arguments: str, **more: str) -> "subprocess.Popen[str]":
        """`./dev up` until it says ready."""
        started = self.start("up", "--port", str(port), *arguments, **more)
        end = time.monotonic() + 300
        while not self.output.read_text().endswith(f"ready: http://localhost:{port}\n"):
            assert started.poll() is None, self.output.read_text()
            assert time.monotonic() < end, self.output.read_text()
            time.sleep(0.1)
        return started

    def processes(self) -> list[psutil.Process]:
        """Every living process that works in this home."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                words = " ".join(process.cmdline())
                mine = process.environ().get("ECDEPT_HOME") == str(self.path) or str(self.path) in words
                if mine and process.status() != psutil.STATUS_ZOMBIE and process.pid != os.getpid():
                    found.append(process)
            with contextlib.suppress(psutil.Error, OSError):
                if Path(process.cwd()).is_relative_to(self.path):
                    found.append(process)
        return list({each.pid: each for each in found}.values())

    def empty_of_processes(self, seconds: float = 20) -> list[psutil.Process]:
        """Wait until nothing works in this home; returns what still does after `seconds`."""
        end = time.monotonic() + seconds
        while (left := self.processes()) and time.monotonic() < end:
            time.sleep(0.1)
        return left


@contextlib.contextmanager
def dev_home() -> Iterator[DevHome]:
    """A new home that is ended and removed afterwards, whatever happened in it."""
    with tempfile.TemporaryDirectory(prefix="ecd-", ignore_cleanup_errors=True) as folder:
        home = DevHome(Path(folder) / "h")
        try:
            yield home
        finally:
            for each in home.running:
                if each.poll() is None:
                    each.send_signal(signal.SIGTERM)
            for each in home.running:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    each.wait(40)
            for left in home.empty_of_processes(5):
                with contextlib.suppress(psutil.Error):
                    left.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(port: int, path: str, **headers: str) -> tuple[int, str]:
    """Status and body of one request."""
    connection = http.client.HTTPConnection("localhost", port, timeout=20)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    finally:
        connection.close()
