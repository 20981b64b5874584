"""`flask ops`: a backup is whole or not there, and one that cannot be relied on is found out."""

import json
import os
import signal
import stat
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from app.operations.backups.scratch import ONE_AT_A_TIME
from devstack.postgres import binary
from tests.processes.stack import DATABASE, FLASK, Stack, eventually

BACKUP, CHECK = (*FLASK, "ops", "backup"), (*FLASK, "ops", "restore-check", "--json")
SCRATCH = f"holdfast_scratch_of_{DATABASE}"


@pytest.fixture(scope="module")
def store(stack: Stack) -> Stack:
    stack.environment["PG_BIN"] = str(binary("pg_dump").parent)
    stack.abandon_jobs()
    return stack


@pytest.fixture(scope="module")
def whole(store: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("backups") / "whole.dump"
    done = store.run(*BACKUP, str(file), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["size"] == file.stat().st_size
    return file


def levels_of(stack: Stack, file: Path) -> tuple[int, dict[str, Any]]:
    done = stack.run(*CHECK, str(file))
    assert "Traceback" not in done.stderr
    assert done.stdout, done.stderr
    assert stack.sql("SELECT 1 FROM pg_database WHERE datname = %s", SCRATCH) == []
    return done.returncode, {line["name"]: line for line in json.loads(done.stdout)["checks"]}


def altered(stack: Stack, statement: str, back: str, file: Path) -> None:
    stack.sql(f"SET session_replication_role = replica; {statement}")
    try:
        assert stack.run(*BACKUP, str(file)).returncode == 0
    finally:
        stack.sql(f"SET session_replication_role = replica; {back}")


def test_a_backup_is_restored_and_has_every_row(store: Stack, whole: Path) -> None:
    code, found = levels_of(store, whole)
    assert (code, {name: line["level"] for name, line in found.items()}) == (
        0,
        dict.fromkeys(("Restore", "Rows", "Schema", "Invariants"), "ok"),
    )
    assert int(found["Rows"]["fact"].split()[0].replace(",", "")) > 1000
    assert stat.S_IMODE(whole.stat().st_mode) == 0o600
    assert list(whole.parent.iterdir()) == [whole]


def test_what_exists_is_replaced_only_when_that_is_asked_for(store: Stack, tmp_path: Path) -> None:
    file = tmp_path / "kept.dump"
    file.write_text("precious")
    refused = store.run(*BACKUP, str(file))
    assert (refused.returncode, refused.stderr) == (1, f"Error: {file} exists; --force replaces it.\n")
    assert file.read_text() == "precious"
    assert store.run(*BACKUP, str(file), "--force").returncode == 0
    assert file.read_bytes().startswith(b"PGDMP")
    assert list(tmp_path.iterdir()) == [file]


def test_a_backup_that_fails_or_is_ended_leaves_nothing(store: Stack, tmp_path: Path) -> None:
    file = tmp_path / "never.dump"
    failed = store.run(*BACKUP, str(file), DATABASE_URL=store.postgres.url("no_such_database"))
    assert (failed.returncode, "Traceback" in failed.stderr, list(tmp_path.iterdir())) == (1, False, [])
    slow = tmp_path / "bin"
    slow.mkdir()
    (slow / "pg_dump").write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 99.1" || exec sleep 60\n'
    )
    (slow / "pg_dump").chmod(0o700)
    before, store.environment = store.environment, store.environment | {"PG_BIN": str(slow)}
    try:
        with store.running(*BACKUP, str(file)) as program:
            part = tmp_path / "never.dump.part"
            eventually(part.exists, "it is written")
            second = store.run(*BACKUP, str(file))
            assert (second.returncode, "Another backup writes" in second.stderr) == (1, True)
            os.kill(program.pid, signal.SIGTERM)
            assert program.wait(60) == 128 + signal.SIGTERM
    finally:
        store.environment = before
    assert list(tmp_path.iterdir()) == [slow]


def test_a_backup_over_one_that_was_killed_is_whole(store: Stack, tmp_path: Path) -> None:
    (tmp_path / "again.dump.part").write_bytes(b"x" * 10_000_000)
    assert store.run(*BACKUP, str(tmp_path / "again.dump")).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["again.dump"]
    assert (tmp_path / "again.dump").stat().st_size < 10_000_000


def test_half_a_backup_is_bad(store: Stack, whole: Path, tmp_path: Path) -> None:
    half = tmp_path / "half.dump"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    code, found = levels_of(store, half)
    assert (code, found["Restore"]["level"]) == (1, "bad")
    (tmp_path / "text").write_text("no backup at all")
    assert levels_of(store, tmp_path / "text")[1]["Restore"]["level"] == "bad"


def test_a_backup_with_a_broken_row_is_bad(store: Stack, tmp_path: Path) -> None:
    change = "UPDATE stores SET version = version {} 1 WHERE id = 1"
    altered(store, change.format("+"), change.format("-"), tmp_path / "broken.dump")
    code, found = levels_of(store, tmp_path / "broken.dump")
    assert (code, found["Rows"]["level"]) == (1, "ok")
    assert "stores.audited is broken" in found["Invariants"]["fact"]


def test_a_backup_of_another_schema_is_told(store: Stack, tmp_path: Path) -> None:
    [(head,)] = store.sql("SELECT version_num FROM alembic_version")
    for revision, code, level in (("0022", 0, "warning"), ("9999", 1, "bad")):
        file = tmp_path / f"{revision}.dump"
        at = "UPDATE alembic_version SET version_num = '{}'"
        altered(store, at.format(revision), at.format(head), file)
        ended, found = levels_of(store, file)
        assert (ended, found["Schema"]["level"]) == (code, level)


def test_a_scratch_database_of_somebody_who_was_killed_is_in_nobodys_way(store: Stack, whole: Path) -> None:
    store.postgres.create_database(SCRATCH)
    assert levels_of(store, whole)[0] == 0


def test_two_checks_do_not_meet(store: Stack, whole: Path) -> None:
    first = psycopg2.connect(store.postgres.url(DATABASE))
    try:
        first.cursor().execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
        done = store.run(*CHECK, str(whole))
    finally:
        first.close()
    assert (done.returncode, done.stderr) == (1, "Error: Another restore-check is under way.\n")


def test_a_pg_dump_that_is_older_than_the_server_is_refused_with_what_to_install(store: Stack, tmp_path: Path) -> None:
    (tmp_path / "pg_dump").write_text('#!/bin/sh\necho "pg_dump (PostgreSQL) 9.6.1"\n')
    (tmp_path / "pg_dump").chmod(0o700)
    done = store.run(*BACKUP, str(tmp_path / "x.dump"), PG_BIN=str(tmp_path))
    assert (done.returncode, f"{tmp_path}/pg_dump is 9.6.1" in done.stderr) == (1, True)
    assert "postgresql-client-18" in done.stderr
    assert not (tmp_path / "x.dump").exists()


def test_a_password_stands_in_no_command(store: Stack, tmp_path: Path) -> None:
    (tmp_path / "pg_dump").write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 99.1" && exit\n'
        f'echo "$@ / $PGPASSWORD" > {tmp_path}/said\n'
    )
    (tmp_path / "pg_dump").chmod(0o700)
    url = store.postgres.url(DATABASE).replace("holdfast@", "holdfast:a-secret-word@")
    store.run(*BACKUP, str(tmp_path / "x.dump"), PG_BIN=str(tmp_path), DATABASE_URL=url)
    commanded, _, environment = (tmp_path / "said").read_text().partition(" / ")
    assert ("a-secret-word" in commanded, environment) == (False, "a-secret-word\n")
    assert DATABASE in commanded
