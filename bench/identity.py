"""`python -m bench.identity`: logins and refreshes a second, what 200 logins at once cost others, and what time tells.

A login is bound by argon2, which is slow on purpose; its bare speed stands beside it. Medians of three rounds.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import psycopg2

from app.identity import passwords
from bench import report, sockets, wrk
from bench.cases import Case
from bench.crowd import AUTH, Act, Caller, besieged, measured
from bench.figures import BenchError, Figure, middle
from bench.stack import DEMO_PASSWORD, Stack, running
from devstack.errors import StackError

Measure = Callable[[], Figure]

STORE = Case(name="store", path="/api/v1/stores/1", login="viewer")
MANY, CALLERS, BESIEGERS, PROBERS = 500, 4, 200, 4
UNLIMITED = {"LOGIN_FAILURES_PER_ACCOUNT": "100000", "LOGIN_FAILURES_PER_ADDRESS": "1000000"}
USERS = """
    INSERT INTO users (username, email, password_hash, role)
    SELECT 'bench-' || n, 'bench-' || n || '@holdfast.example', password_hash, 'viewer'
    FROM users, generate_series(0, %s) AS n WHERE username = 'operator'
"""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.identity", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2, help="web processes")
    parser.add_argument("--pairs", type=int, default=200, help="pairs of wrong logins whose times are compared")
    options = parser.parse_args()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="holdfast-bench-") as home,
            running(Path(home), workers=options.workers, **UNLIMITED) as stack,
        ):
            _make_users(stack)
            print(_facts(options))
            print(table(stack, options), flush=True)
            if options.pairs:
                print(timing(stack, options.pairs), flush=True)
    except (BenchError, StackError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


def table(stack: Stack, options: argparse.Namespace) -> str:
    """Every case in turn, round after round, so that a slow minute is slow for all of them."""
    cases: dict[str, Measure] = {
        "login, one user": lambda: measured(stack.url, CALLERS, options.seconds, _one_user),
        f"login, {MANY} users": lambda: measured(stack.url, CALLERS, options.seconds, _many_users()),
        "refresh": lambda: measured(stack.url, CALLERS, options.seconds, _refresh(stack)),
        "store, alone": lambda: _store(stack, stack.token("viewer"), options.seconds),
        f"store, during {BESIEGERS} logins at once that wait as told": lambda: _store_besieged(
            stack, options.seconds, _again_when_told
        ),
        f"store, during {BESIEGERS} logins at once that never wait": lambda: _store_besieged(
            stack, options.seconds, _again_at_once
        ),
        "argon2 alone, one thread": lambda: _argon2(1, options.seconds),
        "argon2 alone, two threads": lambda: _argon2(2, options.seconds),
    }
    found: dict[str, list[Figure]] = {name: [] for name in cases}
    for _ in range(options.rounds):
        for name, measure in cases.items():
            found[name].append(measure())
    rows = [_row(name, middle(figures)) for name, figures in found.items()]
    return "\n".join(["", "| case | per second | p50 ms | p99 ms | refused |", "|---|---:|---:|---:|---:|", *rows])


def timing(stack: Stack, pairs: int) -> str:
    """Whether the time of a refusal tells that a name exists: both asked in turn, medians."""
    known, unknown = Caller(stack.url), Caller(stack.url)
    took: dict[str, list[float]] = {"wrong password": [], "unknown user": []}
    for number in range(pairs):
        for what, caller, name in (
            ("wrong password", known, f"bench-{number % MANY}"),
            ("unknown user", unknown, f"nobody-{number % MANY}"),
        ):
            began = time.perf_counter()
            caller.login(name, "wrong")
            took[what].append((time.perf_counter() - began) * 1000)
    wrong, nobody = (median(times) for times in took.values())
    head = "\n| refused login | median ms | difference |\n|---|---:|---:|\n"
    return f"{head}| wrong password | {wrong:.2f} | |\n| unknown user | {nobody:.2f} | {nobody / wrong - 1:+.1%} |"


def _one_user(caller: Caller, _: int) -> None:
    caller.login("operator", DEMO_PASSWORD)


def _many_users() -> Act:
    turns = [0] * CALLERS

    def act(caller: Caller, number: int) -> None:
        turns[number] += 1
        caller.login(f"bench-{(number + CALLERS * turns[number]) % MANY}", DEMO_PASSWORD)

    return act


def _refresh(stack: Stack) -> Act:
    tokens = [Caller(stack.url).login(f"bench-{n}", DEMO_PASSWORD)["refresh_token"] for n in range(CALLERS)]

    def act(caller: Caller, number: int) -> None:
        pair = caller.ask("POST", f"{AUTH}/refresh", {"refresh_token": tokens[number]})
        tokens[number] = pair.get("refresh_token", tokens[number])

    return act


def _store(stack: Stack, token: str, seconds: float) -> Figure:
    """One store read with a token, asked for by a process of its own."""
    ask = wrk.run if wrk.available() else sockets.run
    return ask(stack.url, STORE, token, connections=PROBERS, seconds=seconds)


def _store_besieged(stack: Stack, seconds: float, besieger: Act) -> Figure:
    token = stack.token("viewer")
    with besieged(stack.url, BESIEGERS, besieger):
        return _store(stack, token, seconds)


def _again_at_once(caller: Caller, number: int) -> None:
    caller.login(f"bench-{number}", "wrong")


def _again_when_told(caller: Caller, number: int) -> None:
    if caller.login(f"bench-{number}", "wrong").get("code") == "busy":
        time.sleep(1)  # what Retry-After says


def _argon2(threads: int, seconds: float) -> Figure:
    """The library alone, in this process."""
    hasher = passwords._hasher  # noqa: SLF001 - the very one
    known = hasher.hash(DEMO_PASSWORD)
    deadline = time.perf_counter() + seconds

    def verify(_: int) -> list[float]:
        took = []
        while time.perf_counter() < deadline:
            began = time.perf_counter()
            hasher.verify(known, DEMO_PASSWORD)
            took.append(time.perf_counter() - began)
        return took

    with ThreadPoolExecutor(threads) as pool:
        took = sorted(each for times in pool.map(verify, range(threads)) for each in times)
    return Figure(
        len(took) / (time.perf_counter() - deadline + seconds), median(took) * 1000, took[len(took) * 99 // 100] * 1000
    )


def _make_users(stack: Stack) -> None:
    connection = psycopg2.connect(stack.database_url)
    with connection, connection.cursor() as cursor:
        cursor.execute(USERS, [MANY - 1])
    connection.close()


def _facts(options: argparse.Namespace) -> str:
    facts = report.circumstances(workers=options.workers, callers=CALLERS, seconds=options.seconds)
    return ", ".join(f"{name} {value}" for name, value in facts.items())


def _row(name: str, figure: Figure) -> str:
    return f"| {name} | {figure.per_second:,.1f} | {figure.p50_ms:.1f} | {figure.p99_ms:.1f} | {figure.errors:,} |"


if __name__ == "__main__":
    sys.exit(main())
