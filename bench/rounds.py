"""Rounds of cases beside a yardstick of the same minutes."""

import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import ModuleType

from bench import cpu, pgbench, sockets, wrk
from bench.cases import HELLO, Case
from bench.figures import Figure, middle
from bench.probe import probe
from bench.report import Result
from bench.stack import Stack

WARM_UP = 1.0


@dataclass(frozen=True)
class Plan:
    """How long, how often and with how many connections; whether each case's statement is measured alone too."""

    seconds: float
    rounds: int
    connections: int
    sql: bool = False
    yardstick: Case = HELLO
    yardstick_token: str = ""


def generator() -> ModuleType:
    """What sends the requests."""
    return wrk if wrk.available() else sockets


def measure(
    stack: Stack, cases: Sequence[Case], plan: Plan, before_each: Callable[[], None] = lambda: None
) -> list[Result]:
    """Interleaved rounds (hello, A, B, hello, A, B …), so that a slow minute is slow for all of them."""
    tokens = {login: stack.token(login) for login in {case.login for case in cases} - {""}} | {"": ""}
    found: dict[str, list[Figure]] = defaultdict(list)
    costs: dict[str, list[cpu.Cost]] = defaultdict(list)
    ceilings: dict[str, list[float]] = defaultdict(list)
    # The first, short round warms everything up and is left out.
    for seconds in [WARM_UP] + [plan.seconds] * plan.rounds:
        found[plan.yardstick.name].append(_run(stack.hello_url, plan.yardstick, plan.yardstick_token, plan, seconds))
        for case in cases:
            before_each()
            meter = cpu.Meter(stack.web_pid, stack.database_pid)
            found[case.name].append(_run(stack.url, case, tokens[case.login], plan, seconds))
            costs[case.name].append(meter.per_request(found[case.name][-1].per_second * seconds))
            if plan.sql and case.sql:
                before_each()
                ceilings[case.name].append(_alone(stack, case, seconds))
    yardstick = middle(found[plan.yardstick.name][1:])
    return [
        Result(
            case.name,
            middle(found[case.name][1:]),
            yardstick,
            median(ceilings[case.name][1:] or [0.0]) or None,
            cpu.middle(costs[case.name][1:]),
        )
        for case in cases
    ]


def _run(url: str, case: Case, token: str, plan: Plan, seconds: float) -> Figure:
    probe(url, case, token)
    figure: Figure = generator().run(
        url, case, token, connections=case.connections or plan.connections, seconds=seconds
    )
    return figure.checked(case.name)


def _alone(stack: Stack, case: Case, seconds: float) -> float:
    with tempfile.TemporaryDirectory(prefix="holdfast-bench-") as folder:
        return pgbench.run(stack.database_url, case.sql, Path(folder), seconds=seconds)
