"""Made parts of written documents: what stands between two marks is replaced, the rest is left as it is."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

MARKED = re.compile(r"(<!-- make docs: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(text: str, makers: Mapping[str, Callable[[], str]]) -> str:
    """The text with each marked part made anew."""
    return MARKED.sub(lambda found: f"{found[1]}{makers[found[2]]().rstrip()}\n{found[3]}", text)


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table; a bar inside a cell is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def written(folder: Path) -> list[Path]:
    """The documents that have made parts."""
    return [path for path in sorted(folder.glob("*.md")) if MARKED.search(path.read_text(encoding="utf-8"))]
