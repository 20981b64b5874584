"""The figures of a run as JSON, one file a case, and as a Markdown table."""

import json
import os
import platform
import subprocess
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.cpu import Cost
from bench.figures import Figure

NOT_MEASURED = Cost(0, 0)
RESULTS = Path(__file__).parent / "results"
HEAD = """| case | requests/s | bare hello/s | share | p50 ms | p99 ms | SQL alone/s | web CPU ms | PostgreSQL CPU ms |
|---|---:|---:|---:|---:|---:|---:|---:|---:|"""


@dataclass(frozen=True)
class Result:
    """One case beside the hello of the same minutes, and the ceiling when it was asked for."""

    name: str
    figure: Figure
    hello: Figure
    sql_per_second: float | None = None
    cost: Cost = NOT_MEASURED

    def row(self) -> str:
        """One line of the table."""
        share = self.figure.per_second / self.hello.per_second
        ceiling = f"{self.sql_per_second:,.0f}" if self.sql_per_second else ""
        return (
            f"| {self.name} | {self.figure.per_second:,.0f} | {self.hello.per_second:,.0f} | {share:.0%} "
            f"| {self.figure.p50_ms:.1f} | {self.figure.p99_ms:.1f} | {ceiling} "
            f"| {self.cost.web_ms:.2f} | {self.cost.database_ms:.2f} |"
        )


def circumstances(**given: object) -> dict[str, object]:
    """What a figure depends on."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "revision": _revision(),
        **given,
    }


def table(results: Iterable[Result], circumstances: dict[str, object]) -> str:
    """The table, under a line that says how it came about."""
    facts = ", ".join(f"{name} {value}" for name, value in circumstances.items())
    return "\n".join([f"{facts}.", "", HEAD, *(result.row() for result in results)]) + "\n"


def write(results: Iterable[Result], circumstances: dict[str, object], folder: Path = RESULTS) -> None:
    """Keep the figures of each case, and the table as latest.md."""
    folder.mkdir(exist_ok=True)
    results = list(results)
    for result in results:
        text = json.dumps(circumstances | asdict(result), indent=2)
        (folder / f"{result.name}.json").write_text(text + "\n", encoding="utf-8")
    (folder / "latest.md").write_text(table(results, circumstances), encoding="utf-8")


def _revision() -> str:
    command = ["git", "-C", str(RESULTS.parent), "describe", "--always", "--dirty"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
