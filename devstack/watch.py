"""Whether the program's code has changed."""

import time
from pathlib import Path


class Watch:
    """Compares the newest change of any Python file, once a second."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seen = self._newest()
        self._next_look = time.monotonic() + 1.0

    def changed(self) -> bool:
        """Whether a file was written since the last look."""
        if time.monotonic() < self._next_look:
            return False
        self._next_look = time.monotonic() + 1.0
        before, self._seen = self._seen, self._newest()
        return self._seen != before

    def _newest(self) -> int:
        files = [*self._root.glob("*.py"), *(self._root / "app").rglob("*.py"), *(self._root / "app").rglob("*.sql")]
        return max((self._modified(file) for file in files), default=0)

    @staticmethod
    def _modified(file: Path) -> int:
        try:
            return file.stat().st_mtime_ns
        except FileNotFoundError:
            return 0
