"""The tree of this repository as the architecture tests read it."""

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENTRY_POINTS = ("wsgi.py", "live.py", "worker.py", "scheduler.py")


@dataclass(frozen=True)
class Source:
    """One Python file: where it lies, what it says."""

    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.text, str(self.path))

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the file."""
        return self.text.splitlines()


def files(folder: str, pattern: str) -> Iterator[Source]:
    """Every file of a kind below this folder, with its path relative to the repository."""
    for path in sorted((ROOT / folder).rglob(pattern)):
        yield Source(path.relative_to(ROOT), path.read_text(encoding="utf-8"))


def python(*folders: str) -> Iterator[Source]:
    """Every Python file below these folders."""
    return chain.from_iterable(files(folder, "*.py") for folder in folders)


def entry_points() -> Iterator[Source]:
    """The programs at the top level."""
    for name in ENTRY_POINTS:
        yield Source(Path(name), (ROOT / name).read_text(encoding="utf-8"))


def sample(path: str, text: str) -> Source:
    """A made file, to show that a checker finds what it looks for."""
    return Source(Path(path), text)


def faults(check: Callable[[Source], Iterable[str]], sources: Iterable[Source]) -> list[str]:
    """What one check finds in many files, each with its path."""
    return [f"{source.path}: {fault}" for source in sources for fault in check(source)]
