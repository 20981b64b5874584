"""`python -m bench.overload`: what is answered when five times as much is asked as can be, and when that is over.

In each round: the most that can be answered, in a closed loop; five times that for a while, in an open loop; then half
of it, second by second. Every second request asks for a unit that there is, every other one for a promo that is sold
out. Good is what the application answers in time; refused is 503. The generator takes a part of the same cores, the
more the more it asks: its CPU stands in the table, and what the web processes hold in memory.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from app.operations.demo.buyers import Buyer
from bench import cpu, market, open_loop, promos, report, sockets
from bench.cases import Case
from bench.figures import BenchError
from bench.open_loop import Answer
from bench.proxy import proxied
from bench.stack import Stack, running
from devstack.errors import StackError
from devstack.processes import children

TIMES, IN_TIME, AFTERWARDS = 5.0, 5.0, 10
HEAD = """| | asked/s | good/s | of the peak | p50 ms | p99 ms | refused p99 ms | lost | generator's CPU | web MiB |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"""


@dataclass(frozen=True)
class Phase:
    """What became of so many requests a second."""

    asked: float
    good: float
    p50_ms: float
    p99_ms: float
    refused_p99_ms: float
    lost: int
    generator: float
    mebibytes: float

    def row(self, name: str, peak: float) -> str:
        """One line of the table."""
        return (
            f"| {name} | {self.asked:,.0f} | {self.good:,.0f} | {self.good / peak:.0%} | {self.p50_ms:.0f} "
            f"| {self.p99_ms:.0f} | {self.refused_p99_ms:.0f} | {self.lost} | {self.generator:.0%} "
            f"| {self.mebibytes:.0f} |"
        )


@dataclass(frozen=True)
class Round:
    """The peak, the flood, what comes after it, and the seconds after which nothing was refused any more."""

    peak: Phase
    flood: Phase
    after: Phase
    back: int


def main() -> int:
    """Measure and print."""
    options = _options()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="holdfast-bench-") as home,
            running(Path(home), workers=options.workers) as stack,
        ):
            crowd = market.crowd(stack, "s", promos.MANY_BUYERS)
            goods = promos.on_sale(stack, crowd)
            case = _sale(Path(home) / "sale", crowd, goods)
            found = []
            with _seen(stack, Path(home) / "proxy", behind_proxy=options.proxy) as seen:
                for _ in range(options.rounds):
                    promos.anew(stack, goods, crowd)
                    found.append(_round(seen, case, options.seconds))
                    print(*_rows(found[-1]), sep="\n", file=sys.stderr, flush=True)
    except (BenchError, StackError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(_table(found, options))
    return 0


@contextmanager
def _seen(stack: Stack, folder: Path, *, behind_proxy: bool) -> Iterator[Stack]:
    """The stack as clients see it: by itself, or behind nginx, which takes its processes for both groups."""
    if not behind_proxy:
        yield stack
        return
    folder.mkdir()
    port = urlsplit(stack.url).port or 80
    with proxied(folder, web=port, web2=port, live=port) as seen:
        yield replace(stack, url=f"http://127.0.0.1:{seen}")


def _sale(file: Path, crowd: Sequence[Buyer], goods: Sequence[int]) -> Case:
    sold_out, _, *others = goods
    lines = [Path(promos.asked(file, crowd, of)).read_text().splitlines(keepends=True) for of in (others, [sold_out])]
    file.write_text("".join(line for pair in zip(*lines, strict=True) for line in pair), encoding="utf-8")
    return Case(name="sale", path=promos.HOLDS, method="POST", crowd=str(file))


def _round(stack: Stack, case: Case, seconds: float) -> Round:
    requests = [sockets.request_of(stack.url, case, *each) for each in case.requests("")]
    peak = _peak(stack, case, seconds)
    flood, _ = _phase(stack, requests, TIMES * peak.good, seconds)
    after, answers = _phase(stack, requests, 0.5 * peak.good, AFTERWARDS)
    late = [int(each.due) + 1 for each in answers if not _good(each)]
    return Round(peak, flood, after, max(late, default=0))


def _peak(stack: Stack, case: Case, seconds: float) -> Phase:
    """The most that is answered by a closed loop: 409 is an answer like any other."""
    begun = time.process_time()
    figure = sockets.run(stack.url, case, "", connections=32, seconds=seconds)
    took = (time.process_time() - begun) / seconds
    facts = (figure.per_second, figure.per_second, figure.p50_ms, figure.p99_ms)
    return Phase(*facts, 0, 0, took, _mebibytes(stack.web_pid))


def _phase(stack: Stack, requests: Sequence[bytes], rate: float, seconds: float) -> tuple[Phase, list[Answer]]:
    begun = time.process_time()
    answers = open_loop.run(stack.url, requests, rate=rate, seconds=seconds)
    lasted = max(each.due + each.took for each in answers)
    good = sorted(each.took for each in answers if _good(each))
    refused = sorted(each.took for each in answers if each.status == 503)
    phase = Phase(
        asked=rate,
        good=len(good) / lasted,
        p50_ms=_at(good, 0.5),
        p99_ms=_at(good, 0.99),
        refused_p99_ms=_at(refused, 0.99),
        lost=sum(each.status == 0 for each in answers),
        generator=(time.process_time() - begun) / lasted,
        mebibytes=_mebibytes(stack.web_pid),
    )
    return phase, answers


def _good(answer: Answer) -> bool:
    return answer.status in {201, 409} and answer.took <= IN_TIME


def _at(times: Sequence[float], share: float) -> float:
    return times[int(len(times) * share)] * 1000 if times else 0.0


def _mebibytes(web_pid: int) -> float:
    """What the web processes hold themselves."""
    pages = (int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in children(web_pid))
    return sum(pages) * cpu.PAGE / 2**20


def _rows(found: Round) -> list[str]:
    named = (("peak", found.peak), ("flood", found.flood), ("after", found.after))
    return [phase.row(name, found.peak.good) for name, phase in named] + [f"back after {found.back} s"]


def _table(found: Sequence[Round], options: argparse.Namespace) -> str:
    middle = sorted(found, key=lambda each: each.flood.good / each.peak.good)[len(found) // 2]
    back = f"Back after {median(each.back for each in found):.0f} s."
    facts = report.circumstances(**vars(options))
    return "\n".join(
        [", ".join(f"{name} {value}" for name, value in facts.items()), "", HEAD, *_rows(middle)[:-1], "", back]
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.overload", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of the peak and of the flood")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--proxy", action="store_true", help="behind nginx, as in docker-compose.yml")
    parser.add_argument("--workers", type=int, default=2, help="web processes")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
