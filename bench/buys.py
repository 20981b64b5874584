"""`python -m bench.buys`: buys and figures a second, with 2 and 4 web processes, with no record and with ten million.

The yardstick is a bare Flask that keeps a buy by one INSERT, under the same gunicorn on the same PostgreSQL. Records
are made by the server itself, over a week, of promotions that follow each other, of 64 lanes and 20,000 buyers; what is
new is folded once a second as the tick does it.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg2

from bench import cpu, report, rounds, wrk
from bench.cases import Case
from bench.figures import BenchError
from bench.rounds import Plan
from bench.stack import Stack, running, serving
from devstack.errors import StackError

BUY, STATS = "/api/v1/buy", "/api/v1/stats"
WISH = {"user_id": 7, "promotion_id": 3, "product_id": 12, "product_quantity": 2}
AT_ONCE = 20_000  # of each lane
EVENT = "00000000-0000-4000-8000-000000000000"
INSERT = Case(name="INSERT", path="/", method="POST", body=json.dumps(WISH))
LOG = """\\set buyer random(1, 1000000)
SELECT * FROM buys_log(:buyer, 3, 12, 2, NULL, '{}', '127.0.0.1');"""
FILL = """
    INSERT INTO buys (lane, number, received_at, happened_at, user_id, promotion_id, product_id, quantity, address)
    SELECT n %% 64, n / 64 + 1, at,
        date_bin('250 ms', at, 'epoch'),
        1 + n::bigint * 7919 %% 20011, 1 + n / 50000, 1 + n %% 50, 1 + n %% 3, '10.0.0.1'
    FROM generate_series(0, %(records)s - 1) AS n,
        LATERAL (SELECT clock_timestamp() - interval '7 days' * (1 - n / %(records)s::float)) AS t (at)
"""
COUNT = """
    INSERT INTO buy_lanes (lane, records, units, since)
    SELECT lane, count(*), sum(quantity), min(received_at) FROM buys GROUP BY lane
"""


def main() -> int:
    """Measure and print."""
    options = _options()
    try:
        with tempfile.TemporaryDirectory(prefix="holdfast-bench-") as home:
            for line in _measured(Path(home), options):
                print(line, flush=True)
    except (BenchError, StackError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


def _measured(home: Path, options: argparse.Namespace) -> Iterator[str]:
    with running(home, workers=2, BUYS_PER_MINUTE="100000000", BUY_PARTITIONS_AHEAD="14") as first, ExitStack() as more:
        stacks = {2: first, 4: more.enter_context(serving(first, "wsgi:app", "/ready", WORKERS="4"))}
        bare = {
            workers: more.enter_context(serving(first, "bench.insert:app", "/", WORKERS=str(workers)))
            for workers in stacks
        }
        for records in options.records:
            yield _filled(first, records)
            for workers, stack in stacks.items():
                with _folding(stack):
                    yield _table(stack, bare[workers], options, records=records, workers=workers)
        yield _sizes(first)


def _table(stack: Stack, bare: Stack, options: argparse.Namespace, **facts: object) -> str:
    plan = Plan(options.seconds, options.rounds, options.connections, True, INSERT)  # noqa: FBT003
    cases = list(_cases())
    for case in cases:  # so that every connection has made its plans
        token = stack.token(case.login) if case.login else ""
        rounds.generator().run(stack.url, case, token, connections=options.connections, seconds=2)
    results = rounds.measure(replace(stack, hello_url=bare.url), cases, plan)
    told = report.circumstances(generator=rounds.generator().__name__, **{**vars(options), **facts})
    return report.table(results, told).replace("bare hello/s", "bare INSERT/s") + _cost_of(bare, options)


def _cost_of(bare: Stack, options: argparse.Namespace) -> str:
    """What the yardstick costs in CPU, right after the cases."""
    meter = cpu.Meter(bare.web_pid, bare.database_pid)
    found = rounds.generator().run(bare.url, INSERT, "", connections=options.connections, seconds=options.seconds)
    cost = meter.per_request(found.per_second * options.seconds)
    return f"\nbare INSERT: web CPU {cost.web_ms:.2f} ms, PostgreSQL CPU {cost.database_ms:.2f} ms"


def _cases() -> Iterator[Case]:
    post: dict[str, Any] = {"path": BUY, "method": "POST"}
    yield Case(name="buy", body=json.dumps(WISH), sql=LOG, **post)
    if wrk.available():
        yield Case(name="buy with an event", body=json.dumps(WISH | {"event_id": EVENT}), script="events.lua", **post)
    for hours in (1, 168):
        yield Case(name=f"stats of {hours} h", path=f"{STATS}?timeframe_hours={hours}", login="viewer")
    yield Case(name="figures of a promotion", path=f"{STATS}/promotions/4?grain=day", login="viewer")


def _filled(stack: Stack, records: int) -> str:
    if not records:
        return "No record."
    for statement in (
        "TRUNCATE buys, buy_lanes, buy_folds, buy_rollups, buy_shares",
        "SELECT buys_make_partitions(14)",
        f"DO $$ BEGIN FOR i IN 2..8 LOOP EXECUTE format({_PARTITION}); END LOOP; END $$",
    ):
        _made(stack, statement)
    parts = [_made(stack, FILL, records=records), _made(stack, COUNT)]
    parts += [_made(stack, "SELECT buys_fold(%s, true)", AT_ONCE) for _ in range(0, records, 64 * AT_ONCE)]
    return "\n".join([*parts, _made(stack, "ANALYZE"), _made(stack, "CHECKPOINT"), _sizes(stack)])


_PARTITION = """
    'CREATE TABLE IF NOT EXISTS %I PARTITION OF buys FOR VALUES FROM (%L) TO (%L)',
    'buys_' || to_char((clock_timestamp() AT TIME ZONE 'UTC')::date - i, 'YYYY_MM_DD'),
    ((clock_timestamp() AT TIME ZONE 'UTC')::date - i) || ' 00:00:00+00',
    ((clock_timestamp() AT TIME ZONE 'UTC')::date - i + 1) || ' 00:00:00+00'
"""


def _sizes(stack: Stack) -> str:
    """How large the tables are that every buy changes or that figures are read from."""
    tables = ("buy_lanes", "buy_folds", "buy_keys", "buy_rollups", "buy_shares")
    with closing(psycopg2.connect(stack.database_url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT t, pg_size_pretty(pg_total_relation_size(t::regclass)) FROM unnest(%s) AS t", [list(tables)]
        )
        return ", ".join(f"{name} {size}" for name, size in cursor.fetchall())


@contextmanager
def _folding(stack: Stack) -> Iterator[None]:
    """What the tick does, until the block ends."""
    over = Event()

    def fold() -> None:
        while not over.wait(1):
            _made(stack, "SELECT buys_fold(2000, false)")

    thread = Thread(target=fold)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _made(stack: Stack, statement: str, *values: object, **named: object) -> str:
    """How long a statement took."""
    began = time.perf_counter()
    with closing(psycopg2.connect(stack.database_url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(statement, named or values or None)
    return f"{' '.join(statement.split())[:60]}: {time.perf_counter() - began:.1f} s"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.buys", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--records", type=int, nargs="*", default=[0, 10_000_000], help="how many there are, in turn")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
