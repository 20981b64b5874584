"""An append-only file of JSON lines: what was written is there after a kill, save a last line that was cut."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Journal:
    """The lines of one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        whole = path.read_bytes() if path.exists() else b""
        path.write_bytes(whole[: whole.rfind(b"\n") + 1])
        self._file = path.open("ab", buffering=0)

    def lines(self) -> Iterator[dict[str, Any]]:
        """Everything that was written, the oldest first."""
        yield from map(json.loads, self._path.read_text().splitlines())

    def write(self, kind: str, **facts: Any) -> dict[str, Any]:
        """One more line, in one write."""
        line = {"kind": kind, **facts}
        self._file.write(json.dumps(line).encode() + b"\n")
        return line
