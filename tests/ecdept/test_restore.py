"""`./dev restore`: the backup takes the database's place, which stays beside it; a bad file changes nothing."""

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from ecdept.embedded.home import CannotRun, Home
from ecdept.embedded.kept import beside, save
from ecdept.embedded.postgres import OWNER, Postgres, program
from ecdept.embedded.restore import restore
from ecdept.embedded.servers import Servers
from tests.ecdept.homes import SERVERS


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    """A home whose servers are stopped, with one table and a dump of it from before it changed."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="ecd-") as folder:
        for name in SERVERS:
            patch.delenv(name, raising=False)
        path = Path(folder) / "h"
        patch.setenv("ECDEPT_HOME", str(path))
        made = Home(path)
        with running(made) as postgres:
            ask(postgres, "CREATE TABLE word AS SELECT 'before' AS word")
            dump = ["--format=custom", "--no-owner", f"--file={path}/before.dump", postgres.url(OWNER)]
            subprocess.run([str(program("pg_dump")), *dump], check=True)
            ask(postgres, "UPDATE word SET word = 'after'")
        yield made


@contextlib.contextmanager
def running(home: Home) -> Iterator[Postgres]:
    assert home.lock("test")
    with Servers(home, durable=False) as servers:
        assert servers.postgres is not None
        yield servers.postgres
    home.unlock()


def ask(postgres: Postgres, statement: str, database: str = "ecdept") -> list[tuple[object, ...]]:
    with contextlib.closing(psycopg2.connect(postgres.url(OWNER, database))) as connection, connection:
        cursor = connection.cursor()
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_a_file_that_is_no_dump_changes_nothing(home: Home) -> None:
    wrong = home.path / "wrong.dump"
    wrong.write_text("no dump")
    before = what_is_there(home)
    with pytest.raises(CannotRun, match="nothing was changed"):
        restore([str(wrong)])
    assert what_is_there(home) == before


def what_is_there(home: Home) -> list[object]:
    """The word and the databases; an earlier test of this file may have restored in this worker."""
    with running(home) as postgres:
        word = ask(postgres, "SELECT word FROM word")
        return [
            word,
            ask(postgres, "SELECT datname FROM pg_database WHERE datname LIKE 'ecdept%' ORDER BY 1"),
        ]


def test_a_home_in_use_is_left_alone(home: Home) -> None:
    holder = Home(home.path)
    assert holder.lock("up")
    try:
        with pytest.raises(CannotRun, match="in use by process"):
            restore([str(home.path / "before.dump")])
    finally:
        holder.unlock()


def test_the_backup_takes_the_place_and_the_old_data_stays_beside_it(
    home: Home, capfd: pytest.CaptureFixture[str]
) -> None:
    with running(home) as postgres:
        ask(postgres, "UPDATE word SET word = 'after'")
        known = set(ask(postgres, "SELECT datname FROM pg_database"))
    logs = set(home.path.glob("seals-before-*.log"))
    log = home.path / "seals.log"
    log.write_text("seals from before\n")
    assert restore([str(home.path / "before.dump")]) == 0
    [kept_log] = set(home.path.glob("seals-before-*.log")) - logs
    assert (kept_log.read_text(), log.exists()) == ("seals from before\n", False)
    assert f"kept in {kept_log}" in capfd.readouterr().err
    with running(home) as postgres:
        assert ask(postgres, "SELECT word FROM word") == [("before",)]
        kept = [
            name
            for name in ask(postgres, "SELECT datname FROM pg_database WHERE datname LIKE 'ecdept_before_%'")
            if name not in known
        ]
        assert len(kept) == 1
        assert ask(postgres, "SELECT word FROM word", str(kept[0][0])) == [("after",)]


def test_the_files_of_a_backup_are_put_back_and_nothing_is_taken_away(
    home: Home, capfd: pytest.CaptureFixture[str]
) -> None:
    files, dump = home.path / "files" / "ab" / "cd", home.path / "again.dump"
    files.mkdir(parents=True)
    (files / "abcd1").write_text("kept")
    (files / ".part-x").write_text("half")
    (home.path / "order-records").mkdir()
    (home.path / "order-records" / "r.csv").write_text("orders")
    (home.path / "files" / "previews").mkdir()
    (home.path / "files" / "previews" / "small").write_text("made anew")
    dump.write_bytes((home.path / "before.dump").read_bytes())
    assert save(home.path, dump) == 2
    assert not (beside(dump) / "files" / "previews").exists()
    (files / "abcd1").unlink()
    (files / "abcd2").write_text("came since")
    assert restore([str(dump)]) == 0
    assert (files / "abcd1").read_text() == "kept"
    assert (files / "abcd2").read_text() == "came since"
    assert "1 files that were missing were put back" in capfd.readouterr().err


def test_a_folder_that_is_named_has_to_be_there(home: Home) -> None:
    with pytest.raises(CannotRun, match="nothing was changed"):
        restore([str(home.path / "before.dump"), "--files", str(home.path / "nowhere")])


def test_a_backup_without_files_says_so(home: Home, capfd: pytest.CaptureFixture[str]) -> None:
    assert restore([str(home.path / "before.dump")]) == 0
    assert "There are no files beside the backup" in capfd.readouterr().err


def test_what_cannot_be_copied_leaves_no_half_folder(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    (home.path / "files").mkdir(exist_ok=True)
    (home.path / "files" / "zz").write_text("z")
    monkeypatch.setattr("os.link", full)
    monkeypatch.setattr("shutil.copy2", full)
    with pytest.raises(OSError, match="No space"):
        save(home.path, home.path / "full.dump")
    assert list(home.path.glob("full.files*")) == []
