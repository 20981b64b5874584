"""`python -m bench [case …]`: hello and the cases in turn, three times over, medians in a table."""

import argparse
import sys
import tempfile
from pathlib import Path

from bench import report, rounds
from bench.cases import CASES
from bench.figures import BenchError
from bench.rounds import Plan
from bench.stack import running
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
            results = rounds.measure(
                stack, chosen, Plan(options.seconds, options.rounds, options.connections, options.sql)
            )
    except (BenchError, StackError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    facts = report.circumstances(
        generator=rounds.generator().__name__.rpartition(".")[2],
        workers=options.workers,
        connections=options.connections,
        seconds=options.seconds,
        rounds=options.rounds,
    )
    print(report.table(results, facts))
    report.write(results, facts)
    return 0


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
