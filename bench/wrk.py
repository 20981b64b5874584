"""The load generator wrk, when the machine has it."""

import json
import shutil
import subprocess
from pathlib import Path

from bench.cases import Case
from bench.figures import BenchError, Figure

HERE = Path(__file__).parent


def available() -> bool:
    """Whether wrk is installed."""
    return shutil.which("wrk") is not None


def run(url: str, case: Case, token: str, *, connections: int, seconds: float) -> Figure:
    """Send the case as often as it is answered."""
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{max(1, round(seconds))}s",
        "-s",
        case.script or ("crowd.lua" if case.crowd else "wrk.lua"),
    ]
    for name, value in case.request_headers(token).items():
        command += ["-H", f"{name}: {value}"]
    command += [url + case.path, "--", case.method, case.body, case.crowd]
    answer = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise BenchError(f"{case.name}: wrk says {answer.stderr.strip() or answer.stdout.strip()}")
    return _figure(answer.stdout, case)


def _figure(output: str, case: Case) -> Figure:
    found = json.loads(output.strip().splitlines()[-1])
    return Figure(
        per_second=found["requests"] / found["microseconds"] * 1e6,
        p50_ms=found["p50"] / 1000,
        p99_ms=found["p99"] / 1000,
        errors=found["errors"] + (found["requests"] - found["refused"] if case.refused else found["refused"]),
    )
