"""What the runbook says of restoring a backup, typed as it stands there, with plain programs for the containers."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg2
import pytest
from psycopg2.extensions import parse_dsn

from devstack.postgres import ROLE
from tests.processes.composed import DATABASE, SHOP, Machine, machine
from tests.processes.stack import ROOT

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text("utf-8")
BLOCK = re.compile(r"## A backup has to be restored\n.*?```\nFILE=\S+\n(.*?)```", re.DOTALL)
EMPTY = "docker compose exec redis redis-cli flushall"
IN_POSTGRES = re.compile(r"docker compose exec (?:-T )?postgres ")
IN_OURS = re.compile(r"docker compose (?:run --rm(?: -T)?|exec) (backup|migrate|web)\b ?")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Machine]:
    with machine(tmp_path, 0) as made:
        sockets = parse_dsn(made.here["DATABASE_URL"])["host"]
        made.here["DATABASE_URL"] = f"postgresql://{ROLE}@{quote(sockets, safe='')}/{DATABASE}"
        yield made


def asked(shop: Machine, database: str, statement: str) -> object:
    connection = psycopg2.connect(shop.here["DATABASE_URL"], dbname=database)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            found: object = (cursor.fetchone() or [None])[0] if cursor.description else None
            return found
    finally:
        connection.close()


def type_in(shop: Machine, line: str, file: str) -> str:
    """What the program of a line says, in the environment of the first of our containers that it names."""
    (service,) = IN_OURS.findall(line)[:1] or ["backup"]
    program = IN_OURS.sub("", IN_POSTGRES.sub("", line))
    return shop.typed(service, program, FILE=file, PGHOST=parse_dsn(shop.here["DATABASE_URL"])["host"])


def test_a_backup_is_restored_by_the_lines_of_the_runbook(shop: Machine) -> None:
    shop.prepare()
    (dump,) = shop.back_up()
    asked(shop, DATABASE, "CREATE TABLE sold_afterwards ()")
    admins = asked(shop, DATABASE, "SELECT count(*) FROM users")
    (block,) = BLOCK.findall(RUNBOOK)
    *lines, start, doctor = block.splitlines()
    (stop,) = (line for line in lines if line.startswith("docker compose stop "))
    assert set(stop.split()[3:]) == set(start.removeprefix("docker compose up -d ").split()) == SHOP - {"migrate"}
    assert doctor == "docker compose exec web flask --app wsgi doctor"
    said = [type_in(shop, line, dump.name) for line in lines if line not in (stop, EMPTY)]
    assert EMPTY in lines

    assert "ok    Invariants" in said[0]
    there = "SELECT to_regclass('sold_afterwards')::text"
    assert [asked(shop, name, there) for name in (DATABASE, "holdfast_before")] == [None, "sold_afterwards"]
    assert asked(shop, DATABASE, "SELECT count(*) FROM users") == admins == 1
    type_in(shop, "docker compose exec postgres createdb -U holdfast holdfast_restored", dump.name)
    for drop in re.findall(r"`(docker compose exec postgres dropdb .+?)`", RUNBOOK):
        type_in(shop, drop, dump.name)
    assert asked(shop, DATABASE, "SELECT count(*) FROM pg_database WHERE datname LIKE 'holdfast%'") == 1
