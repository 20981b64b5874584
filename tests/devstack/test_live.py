"""`flask demo live` against a stack that runs: the sale moves within seconds, and Ctrl-C ends it in peace."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg2

from tests.devstack.conftest import StartStack
from tests.devstack.running import ROOT, RunningStack, eventually

COMMAND = [sys.executable, "-m", "flask", "--app", "wsgi", "demo", "live", "--rate", "20"]
MOVED = "SELECT count(*), count(*) FILTER (WHERE state = 'completed') FROM promo_holds"
SESSIONS = (
    "SELECT count(*) FROM sessions AS s JOIN users AS u ON u.id = s.user_id WHERE username LIKE 'shopper-%' AND {}"
)


def shoppers(stack: RunningStack, *more: str) -> subprocess.Popen[str]:
    environ = {"PATH": os.environ["PATH"], "HOLDFAST_HOME": str(stack.home), "PORT": str(stack.port)}
    return subprocess.Popen(
        [*COMMAND, *more], cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def found(stack: RunningStack, statement: str) -> tuple[int, ...]:
    with psycopg2.connect(stack.variables()["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        row: tuple[int, ...] = cursor.fetchone() or ()
    connection.close()
    return row


def test_shoppers_hold_and_buy_until_somebody_presses_ctrl_c(start_stack: StartStack, tmp_path: Path) -> None:
    stack = start_stack().wait_until_ready()
    with shoppers(stack) as crowd:
        eventually(lambda: found(stack, MOVED)[0] > 20 and found(stack, MOVED)[1] > 0, "holds and purchases")
        crowd.send_signal(signal.SIGINT)
        said, _ = crowd.communicate(timeout=60)
    assert crowd.returncode == 0, said
    assert "/console/live/" in said
    assert "What is still held lapses by itself." in said.splitlines()[-1]
    assert "Traceback" not in said
    assert found(stack, SESSIONS.format("s.ended_at IS NULL")) == (0,)
    with shoppers(stack, "--seconds", "2", "--json") as again:
        told, _ = again.communicate(timeout=60)
    assert (again.returncode, json.loads(told.splitlines()[-1]).keys()) == (0, {"promo_id", "outcomes"}), told
    assert found(
        stack, "SELECT count(*) FROM promos JOIN products AS p ON p.id = product_id WHERE sku LIKE 'LIVE-%'"
    ) == (1,)


def test_without_a_stack_nothing_is_made(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "HOLDFAST_HOME": str(tmp_path), "PORT": "1"}
    done = subprocess.run(COMMAND, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "was not made by `make run`" in done.stderr
