"""`./dev manage`, `test`, `check`, `bench`, `lock`: one child each, with the servers it needs."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

import psycopg2

from ecdept.embedded.bootstrap import OURS
from ecdept.embedded.home import ROOT, CannotRun, Home, chosen_home
from ecdept.embedded.postgres import Postgres
from ecdept.embedded.processes import die_with_parent
from ecdept.embedded.servers import Servers, environment, tell
from ecdept.embedded.valkey import Valkey

MANAGE = [sys.executable, str(ROOT / "manage.py")]
#: `./dev check` is where Django's checks run: they load every view, for which a person need not wait here.
MIGRATE = [*MANAGE, "migrate", "--verbosity", "0", "--skip-checks"]


def run(
    command: Sequence[str], env: Mapping[str, str], *, cwd: Path | None = None, stdout: int | None = None
) -> int:
    """Run one child in our own terminal group and return its code (128 + n when signal n ended it).

    Ctrl-C reaches the child by itself; SIGTERM and SIGHUP are passed on; it dies when we die.
    """
    with subprocess.Popen(
        list(command),
        env=dict(env),
        cwd=cwd,
        stdout=stdout,
        preexec_fn=die_with_parent(signal.SIGTERM, os.getpid()),
    ) as child:

        def pass_on(number: int, _frame: FrameType | None) -> None:
            if number != signal.SIGINT:
                child.send_signal(number)

        before = {number: signal.signal(number, pass_on) for number in STOPS}
        try:
            code = child.wait()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    return code if code >= 0 else 128 - code


STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def manage(arguments: Sequence[str]) -> int:
    """Run a management command: on the servers of a running `up`, else on servers started for it."""
    home = chosen_home()
    with _served(home) as env:
        env.setdefault("ECDEPT_PROCESS", "command")
        env.setdefault(
            "LOG_LEVEL", "WARNING"
        )  # somebody sits at the terminal and reads what the command says
        if (not arguments or arguments[0] not in {"migrate", "help", "makemigrations"}) and is_new(env):
            tell(f"Making a new database below {home.path} …")
            migrate(env)
        return run([*MANAGE, *arguments], env)


@contextlib.contextmanager
def _served(home: Home) -> Iterator[dict[str, str]]:
    servers_given = bool(os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))
    if servers_given:
        yield environment(home, None, None)
        return
    with home.attached() as ours:
        if not ours:
            postgres = None if os.environ.get("DATABASE_URL") else Postgres(home)
            valkey = None if os.environ.get("REDIS_URL") else Valkey(home)
            env = environment(home, postgres, valkey)
            site = home.holder().get("site")
            if site:
                env.setdefault("SITE_URL", str(site))
            yield env
            return
        servers = Servers(home)
        servers.start()
        try:
            env = servers.environment()
            home.note(purpose="manage", ready=not is_new(env))
            yield env
        finally:
            with home.others_detached():
                servers.stop()


def is_new(env: Mapping[str, str]) -> bool:
    """Whether nothing was ever migrated into the database to the end: the application gets its rights last, so where it
    has none and nobody is there yet, the first start was stopped under way and goes on. Raises `CannotRun` when the
    database does not answer."""
    try:
        with (
            contextlib.closing(
                psycopg2.connect(_libpq(env["DATABASE_OWNER_URL"]), connect_timeout=10)
            ) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(_BEGUN)
            begun, ended, people = cursor.fetchone() or (False, False, False)
            if begun and not ended and people:
                cursor.execute("SELECT EXISTS (SELECT FROM staff_employee)")
                ended = (cursor.fetchone() or (False,))[0]
            return not (begun and ended)
    except psycopg2.OperationalError as error:
        words = str(error).strip().splitlines()[0]
        raise CannotRun(f"the database does not answer: {words}.") from error


#: Whether tables were begun, whether the application may read them, whether there is a place for people.
_BEGUN = """
SELECT to_regclass('django_migrations') IS NOT NULL,
       NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecdept_app'
                   AND NOT has_table_privilege(oid, to_regclass('django_migrations'), 'SELECT')),
       to_regclass('staff_employee') IS NOT NULL
"""


def _libpq(url: str) -> str:
    """The address with a scheme that libpq knows (django-environ has more names for it)."""
    return re.sub(r"^\w+://", "postgresql://", url)


def migrate(env: Mapping[str, str]) -> None:
    """Bring the database to this code's tables, as the owner; what it prints goes to stderr."""
    with migrating(env):
        pass


@contextlib.contextmanager
def migrating(env: Mapping[str, str]) -> Iterator[None]:
    """Migrate as the owner while the block does what needs no tables. `CannotRun` at its end when that failed."""
    with subprocess.Popen(
        MIGRATE,
        env={**env, "ECDEPT_DB_ROLE": "owner"},
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr.fileno(),
        preexec_fn=_silently(die_with_parent(signal.SIGTERM, os.getpid())),
    ) as child:
        try:
            yield
            child.wait()
        except BaseException:
            child.terminate()
            raise
    if child.returncode != 0:
        raise CannotRun("the database could not be migrated; the reason is above.")


def _silently(prepare: Callable[[], None] | None) -> Callable[[], None]:
    """Ctrl-C reaches every process of the terminal. Who answers for it stops the others; they say nothing of it."""

    def before() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if prepare is not None:
            prepare()

    return before


@contextlib.contextmanager
def scratch(kind: str, *, durable: bool) -> Iterator[dict[str, str]]:
    """Servers of their own below the home (`test`, `test-2`, …: the first unused), with the admin login."""
    base = chosen_home()
    for number in range(1, 20):
        home = Home(base.path / (kind if number == 1 else f"{kind}-{number}"))
        if home.lock(kind):
            break
    else:
        raise CannotRun(f"twenty runs of {kind} are going on below {base.path}.")
    try:
        (home.path / "static").mkdir(exist_ok=True)
        with Servers(home, durable=durable, with_admin=True) as servers:
            yield servers.environment()
    finally:
        home.unlock()


def test(arguments: Sequence[str]) -> int:
    """pytest on a throw-away cluster. The code is pytest's.

    Unless told otherwise one process more than there are processors, eight at most: some tests wait for servers to
    start, and who has nothing left to do takes over from the others.
    """
    chosen = any(re.match(r"-n|--numprocesses|--pdb|--collect-only", each) for each in arguments)
    workers = ["-n", str(min(8, (os.cpu_count() or 1) + 1)), "--dist", "worksteal"]
    with scratch("test", durable=False) as env:
        env["ECDEPT_PROCESS"] = "test"
        command = [sys.executable, "-m", "pytest", *([] if chosen else workers), *arguments]
        return run(command, env, cwd=ROOT)


def coverage(arguments: Sequence[str]) -> int:
    """The tests, measuring lines and branches of verbs (services) and rules.py; 1 when a package is not whole.

    Folders of tests name the packages that are judged (`tests/orders`: orders, `tests/staff`: office/staff); without
    any, all but those that tests/coverage.toml excuses.
    """
    config = ROOT / "tests" / "coverage.toml"
    home = chosen_home()
    home.path.mkdir(parents=True, exist_ok=True)
    env = os.environ | {"COVERAGE_FILE": str(home.path / "coverage.data")}
    os.environ |= env
    options = ["--cov", f"--cov-config={config}", "--cov-report="]
    code = test([*arguments, *options])
    if code not in (0, 1):  # 1: some tests failed; what they covered is told all the same
        return code
    judged = _judged(arguments, config)
    report = [sys.executable, "-m", "coverage", "report", f"--rcfile={config}", "--fail-under=100"]
    told = run([*report, f"--include={','.join(judged)}"], env, cwd=ROOT)
    return code or (1 if told else 0)


def _judged(arguments: Sequence[str], config: Path) -> list[str]:
    """The files whose coverage is judged, as patterns."""
    named = {Path(each.split("::")[0]).parts[1] for each in arguments if each.startswith("tests/")}
    if named:
        return [
            f"{package.relative_to(ROOT)}/**"
            for name in sorted(named)
            for package in (ROOT / name, ROOT / "office" / name)
            if package.is_dir()
        ]
    excused = tomllib.loads(config.read_text(encoding="utf-8"))["tool"]["ecdept"]["not_yet"]
    packages = [
        *(path for path in (ROOT / "office").iterdir() if path.is_dir()),
        *(ROOT / each for each in OURS),
    ]
    names = {str(path.relative_to(ROOT)) for path in packages} - {"office", *excused}
    return [f"{name}/**" for name in sorted(names)]


def check(arguments: Sequence[str]) -> int:
    """Every static check; all of them run, the code is 1 when one failed."""
    tool = Path(sys.executable).parent
    with scratch("test", durable=False) as env:
        env |= {"ECDEPT_PROCESS": "check", "LOG_LEVEL": "ERROR"}
        deploy = env | {"ECDEPT_HTTPS": "1"}
        pytest = [sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "no:xdist"]
        steps: list[tuple[str, list[str], dict[str, str]]] = [
            ("ruff", [str(tool / "ruff"), "check", "."], env),
            ("ruff format", [str(tool / "ruff"), "format", "--check", "."], env),
            ("import-linter", [str(tool / "lint-imports"), "--no-cache"], env),
            (
                "migrations",
                [*MANAGE, "makemigrations", "--check", "--dry-run"],
                env | {"ECDEPT_DB_ROLE": "owner"},
            ),
            ("deploy", [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"], deploy),
            ("templates", [str(tool / "djlint"), "templates", "--lint", "--quiet"], env),
            ("translations", [*pytest, "tests/architecture/test_translations.py"], env),
            ("mypy", [str(tool / "mypy"), "--strict", "."], env),
        ]
        wanted = [step for step in steps if not arguments or step[0] in arguments]
        if not wanted:
            raise CannotRun(f"the checks are: {', '.join(step[0] for step in steps)}.")
        failed = []
        for name, command, step_env in wanted:
            started = time.monotonic()
            code = run(command, step_env, cwd=ROOT)
            tell(f"check: {name} {'ok' if code == 0 else 'FAILED'} ({time.monotonic() - started:.1f} s)")
            if code != 0:
                failed.append(name)
            if code == 130:
                break
    if failed:
        tell(f"dev: {len(failed)} of {len(wanted)} checks failed: {', '.join(failed)}.")
    return 1 if failed else 0


def bench(arguments: Sequence[str]) -> int:
    """The scripts bench/rowN_*.py, all or those of one row, on a cluster that is as durable as a real one.

    A word instead of a number names another script of that folder (`soak`); what follows are its arguments.
    """
    row, *rest = arguments or ["all"]
    pattern = "row*_*.py" if row == "all" else f"row{row}_*.py" if row.isdigit() else f"{row}.py"
    scripts = sorted(
        (ROOT / "bench").glob(pattern), key=lambda path: int((re.findall(r"\d+", path.name) or ["0"])[0])
    )
    if not scripts:
        raise CannotRun(f"bench has no script for {row}.")
    worst = 0
    with scratch("bench", durable=True) as env:
        env["ECDEPT_PROCESS"] = "bench"
        migrate(env)
        for script in scripts:
            worst = max(worst, run([sys.executable, str(script), *rest], env, cwd=ROOT))
    return worst


def lock(arguments: Sequence[str]) -> int:
    """Lock both requirements files with hashes, for every platform. `--upgrade` takes newer ones."""
    uv = str(Path(sys.executable).parent / "uv")
    for name in ("requirements", "requirements-dev"):
        command = [
            uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--python-version", "3.11",
            "--no-emit-index-url", "--no-header", *arguments, f"{name}.in", "-o", f"{name}.txt",
        ]  # fmt: skip
        code = run(command, os.environ, cwd=ROOT)
        if code != 0:
            return code
    return 0
