"""How many rows a dump has of each table, read from the dump."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from app.operations.backups.programs import Program, running

COPY = re.compile(rb'COPY ((?:"(?:[^"]|"")*"|[^" ])+) \(.*\) FROM stdin;\n')
END = b"\\.\n"


def rows_in(program: Program, file: Path) -> dict[str, int]:
    """By table, as its name stands in SQL."""
    with running(program, None, "--data-only", "--file=-", str(file), output=subprocess.PIPE) as reading:
        return counted(reading.stdout or ())


def counted(lines: Iterable[bytes]) -> dict[str, int]:
    """The lines between COPY and its end; a row is one line, whatever is in it."""
    rows, table = Counter[str](), ""
    for line in lines:
        if table and line == END:
            table = ""
        elif table:
            rows[table] += 1
        elif begins := COPY.fullmatch(line):
            table = begins[1].decode()
            rows[table] += 0
    return dict(rows)
