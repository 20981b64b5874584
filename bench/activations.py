"""`python -m bench.activations`: offers bought a second, status asked a second, and activations completed a minute.

Each buyer is a customer with a session of their own and plenty of money; they ask in turn. The status of an ended
transaction comes from its Redis hash, or from PostgreSQL when Redis has something else in its place. Then workers, one
and two, go to a partner who answers at once and to one who takes 50 ms. Medians of three rounds.
"""

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import product
from pathlib import Path
from statistics import median

import redis
import requests

from app.operations.demo.buyers import Buyer
from bench import market, report, rounds
from bench.cases import Case
from bench.figures import BenchError
from bench.hello import TOKEN
from bench.inventory import SIGNED
from bench.market import MANY_BUYERS, WHO, asked
from bench.rounds import Plan
from bench.settling import program, wait_until
from bench.stack import ROOT, Stack, running
from devstack.errors import StackError
from devstack.ports import listen
from devstack.processes import end, spawn

KEY = "the key of the bench"
TO_DO = 600
OFFER = "INSERT INTO offers (name, price, duration_days) VALUES ('Bench', 0.01, 1) RETURNING id"
FILL = f"SELECT wallet_by_hand('deposit', gen_random_uuid(), u, 1000000, 'EUR', '', {WHO}) FROM unnest(%s) AS u"  # noqa: S608 - a constant
FORGET = "TRUNCATE jobs, emails, subscriptions, activations"
ACTIVATE = "offers_activate(gen_random_uuid(), {buyer}, {offer}, true, 'EUR', 36600, " + WHO + ")"
PLACE = "SELECT (made).id::text FROM unnest(%s::bigint[]) AS u, LATERAL {} AS made"
END = "SELECT offers_end(id, NULL, 'SUCCESS', 'succeeded', '', '', {}) FROM activations WHERE status = 'PENDING'"
LEFT = "SELECT count(*) FROM activations WHERE status IN ('PENDING', 'PROCESSING')"


def main() -> int:
    """Measure and print."""
    options = _options()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="holdfast-bench-") as home,
            partner(Path(home)) as place,
            running(Path(home), workers=options.workers, PARTNER_URL=place, PARTNER_KEY=KEY) as stack,
        ):
            crowd, offer = market.crowd(stack, "s"), int(market.rows(stack, OFFER)[0][0])
            market.rows(stack, FILL, [[buyer.id for buyer in crowd]])
            plan = Plan(options.seconds, options.rounds, options.connections, True, SIGNED, TOKEN)  # noqa: FBT003
            results = rounds.measure(stack, list(_cases(stack, crowd, offer, Path(home))), plan)
            lines = list(_lines(stack, crowd[:TO_DO], offer, place, options.rounds))
    except (BenchError, StackError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    facts = {"generator": rounds.generator().__name__, "buyers": MANY_BUYERS, "yardstick": SIGNED.name}
    print(report.table(results, report.circumstances(**facts, **vars(options))))
    print("| the partner answers after | workers | completed a minute |\n|---:|---:|---:|")
    print("\n".join(lines))
    return 0


def _cases(stack: Stack, crowd: Sequence[Buyer], offer: int, folder: Path) -> Iterator[Case]:
    chosen = f"\\set buyer random({crowd[0].id}, {crowd[-1].id})\n"
    yield Case(
        name="offers bought",
        path="/api/v1/activation",
        method="POST",
        crowd=asked(folder / "wishes", crowd, [{"offer_id": offer, "repeat": True}]),
        sql=f"{chosen}SELECT {ACTIVATE.format(buyer=':buyer', offer=offer)};",
    )
    names = _bought(stack, crowd[:2], offer)
    market.rows(stack, END.format(WHO))
    redis.Redis.from_url(stack.environment["REDIS_URL"]).set(f"transaction:{names[1]}", "what Redis cannot tell")
    for asker, name, source in zip(crowd, names, ("its hash", "PostgreSQL"), strict=False):
        yield Case(
            name=f"status from {source}",
            path=f"/api/v1/activation/status/{name}",
            headers={"Authorization": f"Bearer {asker.token}"},
        )


def _bought(stack: Stack, who: Sequence[Buyer], offer: int) -> list[str]:
    placed = ACTIVATE.format(buyer="u", offer=offer)
    return [name for (name,) in market.rows(stack, PLACE.format(placed), [[buyer.id for buyer in who]])]


def _lines(stack: Stack, crowd: Sequence[Buyer], offer: int, place: str, many: int) -> Iterator[str]:
    headers = {"Authorization": f"Bearer {KEY}"}
    for delay, workers in product((0.0, 0.05), (1, 2)):
        requests.post(f"{place}/behaviour", json={"success_rate": 1, "delay": delay}, headers=headers, timeout=10)
        found = median(_a_minute(stack, crowd, offer, workers) for _ in range(many))
        yield f"| {delay * 1000:.0f} ms | {workers} | {found:,.0f} |"


def _a_minute(stack: Stack, crowd: Sequence[Buyer], offer: int, workers: int) -> float:
    """From the first that is done until nothing is left, so that the start of the programs does not count."""
    market.rows(stack, FORGET)
    _bought(stack, crowd, offer)
    with ExitStack() as people:
        for name in ("scheduler.py", *["worker.py"] * workers):
            people.enter_context(program(name, stack))
        wait_until(lambda: _left(stack) < TO_DO)
        begun, first = time.monotonic(), _left(stack)
        wait_until(lambda: not _left(stack))
        return 60 * first / (time.monotonic() - begun)


def _left(stack: Stack) -> int:
    return int(market.rows(stack, LEFT)[0][0])


@contextmanager
def partner(home: Path) -> Iterator[str]:
    """The simulated partner until the block ends; its address."""
    with listen(0, "PORT") as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        command = [sys.executable, "-m", "devstack.partner", str(home / "partner"), str(listener.fileno())]
        with (home / "partner.log").open("ab") as output:
            environment = {"PARTNER_KEY": KEY, "PATH": os.environ.get("PATH", os.defpath)}
            made = spawn(command, env=environment, cwd=ROOT, output=output, keep_open=[listener.fileno()])
        try:
            yield address
        finally:
            end(made, (signal.SIGTERM, 10.0))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.activations", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--workers", type=int, default=2, help="web processes")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
