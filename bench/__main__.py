"""`python -m bench [case …]`: hello and the cases in turn, three times over, medians in a table."""

import argparse
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from types import ModuleType

from bench import pgbench, report, sockets, wrk
from bench.cases import CASES, HELLO, Case
from bench.figures import BenchError, Figure, middle
from bench.probe import probe
from bench.report import Result
from bench.stack import Stack, running
from devstack.errors import StackError


def main() -> int:
    """Measure, print, keep."""
    options = _options()
    chosen = [case for case in CASES if not options.case or case.name in options.case]
    try:
        with (
            tempfile.TemporaryDirectory(prefix="holdfast-bench-") as home,
            running(Path(home), workers=options.workers) as stack,
        ):
            results = measure(stack, chosen, options, Path(home))
    except (BenchError, StackError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    facts = report.circumstances(
        generator=_generator().__name__.rpartition(".")[2],
        workers=options.workers,
        connections=options.connections,
        seconds=options.seconds,
        rounds=options.rounds,
    )
    print(report.table(results, facts))
    report.write(results, facts)
    return 0


def measure(stack: Stack, cases: Sequence[Case], options: argparse.Namespace, folder: Path) -> list[Result]:
    """Interleaved rounds (hello, A, B, hello, A, B …), so that a slow minute is slow for all of them."""
    tokens = {login: stack.token(login) for login in {case.login for case in cases} - {""}} | {"": ""}
    found: dict[str, list[Figure]] = defaultdict(list)
    ceilings: dict[str, list[float]] = defaultdict(list)
    # The first, short round warms everything up and is left out.
    for seconds in [1.0] + [options.seconds] * options.rounds:
        for case in [HELLO, *cases]:
            target = (stack.hello_url if case is HELLO else stack.url, case, tokens[case.login])
            probe(*target)
            figure = _generator().run(*target, connections=options.connections, seconds=seconds)
            found[case.name].append(figure.checked(case.name))
            if options.sql and case.sql:
                ceilings[case.name].append(pgbench.run(stack.database_url, case.sql, folder, seconds=seconds))
    hello = middle(found[HELLO.name][1:])
    return [
        Result(case.name, middle(found[case.name][1:]), hello, median(ceilings[case.name][1:] or [0.0]) or None)
        for case in cases
    ]


def _generator() -> ModuleType:
    return wrk if wrk.available() else sockets


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("case", nargs="*", help=f"of {', '.join(case.name for case in CASES)}; all when none is named")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--workers", type=int, default=2, help="web processes")
    parser.add_argument("--sql", action="store_true", help="measure the statement of each case in PostgreSQL alone too")
    options = parser.parse_args()
    if unknown := set(options.case) - {case.name for case in CASES}:
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    return options


if __name__ == "__main__":
    sys.exit(main())
