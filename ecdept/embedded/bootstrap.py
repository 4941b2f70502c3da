"""Make `.venv` and install the locked requirements into it; standard library only, any Python ≥ 3.11.

A stamp (a copy of the lock file) says what is installed, so `dev` does not come here twice; a file lock keeps
two runs apart.
"""

import fcntl
import filecmp
import hashlib
import os
import shutil
import subprocess
import sys
import urllib.request
import venv
from pathlib import Path

# Debian splits ensurepip off its Python. Without any pip at hand, this one is fetched and its hash compared.
PIP_WHEEL = "https://files.pythonhosted.org/packages/b7/3f/945ef7ab14dc4f9d7f40288d2df998d1837ee0888ec3659c813487572faa/pip-25.2-py3-none-any.whl"
PIP_SHA256 = "6d67a2b4e7f14d8b31b8b52648866fa717f45a1eb70e83002f4331d07e953717"
#: The packages of this repository that a start imports.
OURS = ("ecdept", "office", "orders", "catalog", "cms", "attendance", "accounts", "backups", "contracts")


class SetupFailed(Exception):
    """One sentence for the person at the terminal."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def installed(root: Path, kind: str) -> bool:
    """Whether the stamp says that this lock file is installed."""
    name = "requirements.txt" if kind == "runtime" else "requirements-dev.txt"
    stamp = root / ".venv" / f"installed-{kind}.txt"
    return stamp.exists() and filecmp.cmp(root / name, stamp, shallow=False)


def works(python: Path) -> bool:
    """Whether this interpreter starts and is new enough."""
    probe = [str(python), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    try:
        return subprocess.run(probe, stderr=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        return False


def make_venv(root: Path) -> None:
    """Create `.venv`, or make it anew when its Python is gone or too old."""
    folder = root / ".venv"
    python = folder / "bin" / "python"
    if works(python):
        return
    say(f"Making {folder} with Python {sys.version.split()[0]} …")
    if folder.exists():
        shutil.rmtree(folder)
    try:
        venv.create(folder, symlinks=True, with_pip=False)
    except OSError as error:
        raise SetupFailed(f"{folder} cannot be made: {error}.") from error


def pip_command(root: Path) -> list[str]:
    """A command that installs into `.venv`: the bundled pip, the system's pip, or the fetched wheel."""
    python = str(root / ".venv" / "bin" / "python")
    if _quiet([python, "-m", "pip", "--version"]):
        return [python, "-m", "pip"]
    if _quiet([python, "-m", "ensurepip", "--upgrade"]):
        return [python, "-m", "pip"]
    if _quiet([sys.executable, "-m", "pip", "--python", python, "--version"]):
        return [sys.executable, "-m", "pip", "--python", python]
    wheel = root / ".venv" / "pip-25.2-py3-none-any.whl"
    try:
        with urllib.request.urlopen(PIP_WHEEL, timeout=60) as answer:
            content = answer.read()
    except OSError as error:
        raise SetupFailed(
            f"this Python has no pip and none could be fetched ({error}); install python3-venv."
        ) from error
    if hashlib.sha256(content).hexdigest() != PIP_SHA256:
        raise SetupFailed("the pip that was fetched is not the expected one; install python3-venv instead.")
    wheel.write_bytes(content)
    return [python, str(wheel / "pip")]


def _quiet(command: list[str]) -> bool:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    return done.returncode == 0


def install(root: Path, kind: str) -> None:
    """Install the lock file of `kind` with hashes checked, then stamp it."""
    lock = root / ("requirements.txt" if kind == "runtime" else "requirements-dev.txt")
    say(f"Installing {lock.name} into .venv (once; this takes a minute) …")
    command = [
        *pip_command(root), "install", "-qq", "--no-input", "--disable-pip-version-check",
        "--root-user-action", "ignore", "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(lock),
    ]  # fmt: skip
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
    if done.returncode != 0:
        raise SetupFailed(f"{lock.name} could not be installed; pip's message is above.")
    # pip compiled the packages; ours are compiled here for accounts that may not write beside them.
    _quiet(
        [
            str(root / ".venv" / "bin" / "python"),
            "-m",
            "compileall",
            "-q",
            *(str(root / name) for name in OURS),
        ]
    )
    kinds = ["runtime", "dev"] if kind == "dev" else ["runtime"]  # the development lock holds the other whole
    for each in kinds:
        name = "requirements.txt" if each == "runtime" else "requirements-dev.txt"
        part = root / ".venv" / f".installed-{each}.{os.getpid()}"
        shutil.copyfile(root / name, part)
        part.replace(root / ".venv" / f"installed-{each}.txt")


def main() -> int:
    root, kind = Path(sys.argv[1]), sys.argv[2]
    lock = root / ".venv.lock"
    try:
        with lock.open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Another run is setting up .venv; waiting for it …")
                fcntl.flock(handle, fcntl.LOCK_EX)
            make_venv(root)
            if not installed(root, kind):
                install(root, kind)
    except (SetupFailed, OSError) as error:
        say(f"dev: {error}")
        return 1
    except KeyboardInterrupt:
        say("dev: interrupted; the next run goes on.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
