"""Payments: how many messages of the provider are taken a second, and how many are settled."""

import base64
import hashlib
import hmac
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median

from app.operations.demo.buyers import Buyer
from bench import cpu, market, rounds
from bench.cases import Case
from bench.figures import BenchError, Figure, middle
from bench.rounds import Plan
from bench.stack import ROOT, Stack
from devstack.processes import end, spawn

SECRET = b"a secret that the provider signs with"
SECRETS = {"PAYMENT_WEBHOOK_SECRETS": "whsec_" + base64.b64encode(SECRET).decode()}
MOST_PER_SECOND, PATIENCE = 5_000, 180.0
LEFT = "SELECT count(*) FROM webhook_events WHERE settled_at IS NULL"
HEAD = """| messages | accepted/s | p50 ms | p99 ms | web CPU ms | PostgreSQL CPU ms |
|---|---:|---:|---:|---:|---:|"""


def measure(stack: Stack, plan: Plan, shelves: Sequence[int], crowd: Sequence[Buyer], folder: Path) -> str:
    """Tell of new payments, tell the same again, then let a worker settle them; the table of it."""
    told: dict[str, list[tuple[Figure, cpu.Cost]]] = {"each for the first time": [], "each told before": []}
    settled: list[float] = []
    for number in range(plan.rounds):
        case = _messages(stack, plan, shelves, crowd, folder / f"told-{number}")
        for name, found in told.items():
            found.append(_told(stack, plan, replace(case, name=name)))
        settled.append(_settled_per_second(stack))
    lines = [HEAD, *(_row(name, found) for name, found in told.items())]
    return "\n".join([*lines, "", f"Settled by one worker: {median(settled):,.0f}/s.", ""])


def _messages(stack: Stack, plan: Plan, shelves: Sequence[int], crowd: Sequence[Buyer], file: Path) -> Case:
    """More than can be told in this time, each of an order of its own."""
    market.restock(stack, shelves[1:])
    orders = market.place(stack, crowd, shelves[1:], round(MOST_PER_SECOND * plan.seconds))
    market.rows(stack, "TRUNCATE jobs")  # the mails about the orders are not measured
    file.write_text("".join(_message(reference, total) for reference, total in orders), encoding="utf-8")
    return Case(name="", path="/api/v1/webhooks/payment", method="POST", crowd=str(file))


def _message(reference: str, total: str) -> str:
    """A line with the headers and the body of a signed success."""
    event, moment = f"evt_{reference}", str(int(time.time()))
    body = json.dumps({"event_id": event, "reference": reference, "status": "success", "amount": total})
    signature = base64.b64encode(hmac.digest(SECRET, f"{event}.{moment}.{body}".encode(), hashlib.sha256)).decode()
    return f"webhook-id: {event}|webhook-timestamp: {moment}|webhook-signature: v1,{signature}\t{body}\n"


def _told(stack: Stack, plan: Plan, case: Case) -> tuple[Figure, cpu.Cost]:
    meter = cpu.Meter(stack.web_pid, stack.database_pid)
    figure: Figure = rounds.generator().run(stack.url, case, "", connections=plan.connections, seconds=plan.seconds)
    return figure.checked(case.name), meter.per_request(figure.per_second * plan.seconds)


def _settled_per_second(stack: Stack) -> float:
    """From the first batch until nothing is left, so that the start of the programs does not count."""
    many = _left(stack)
    with ExitStack() as running:
        for name in ("scheduler.py", "worker.py"):
            running.enter_context(program(name, stack))
        wait_until(lambda: _left(stack) < many)
        begun, first = time.monotonic(), _left(stack)
        wait_until(lambda: not _left(stack))
        return first / (time.monotonic() - begun)


def _left(stack: Stack) -> int:
    return int(market.rows(stack, LEFT)[0][0])


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait, but not for ever."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise BenchError("the work was not done in time")
        time.sleep(0.01)


@contextmanager
def program(name: str, stack: Stack) -> Iterator[None]:
    """A program of the tree over this stack until the block ends."""
    command = [sys.executable, str(ROOT / name)]
    made = spawn(command, env=dict(stack.environment), cwd=ROOT, output=subprocess.DEVNULL)
    try:
        yield
    finally:
        end(made, (signal.SIGTERM, 15.0))


def _row(name: str, found: Sequence[tuple[Figure, cpu.Cost]]) -> str:
    figure, cost = middle([each for each, _ in found]), cpu.middle([each for _, each in found])
    return (
        f"| {name} | {figure.per_second:,.0f} | {figure.p50_ms:.1f} | {figure.p99_ms:.1f} | {cost.web_ms:.2f} "
        f"| {cost.database_ms:.2f} |"
    )
