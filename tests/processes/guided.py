"""A guide of shell blocks as a bash runs it, and the answers that it shows beside those that came."""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
MARK = "\x1e"
MORE = "…"
SHAPES = (
    re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"),
    re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    re.compile(r"ORD-[0-9A-F]{12}"),
)
# A number that names something is another one in each database.
NAME = re.compile(r"(\w+_)?id")


@dataclass
class Example:
    """A block to type, the answers shown under it, and what it printed once it was reached."""

    text: str
    line: int
    shown: list[tuple[str, str]] = field(default_factory=list)
    came: str | None = None

    @property
    def lines(self) -> list[str]:
        """What it printed, by line."""
        return (self.came or "").splitlines()

    def differences(self) -> Iterator[str]:
        """What is shown and did not come."""
        for kind, text in self.shown:
            found = unlike(json.loads(text), self.answer()) if kind == "json" else self._unseen(text)
            yield from (f"line {self.line}: {each}" for each in found)

    def answer(self) -> Any:
        """The last JSON that was printed."""
        return json.loads(next((line for line in reversed(self.lines) if line.startswith("{")), "null"))

    def _unseen(self, text: str) -> Iterator[str]:
        for shown in text.splitlines():
            if not any(wild(shown).fullmatch(line) for line in self.lines):
                yield f"no line is {shown!r}"


def examples(text: str) -> list[Example]:
    """The blocks of a guide in their order."""
    found: list[Example] = []
    for fence in FENCE.finditer(text):
        kind, block = fence.groups()
        if kind == "sh":
            found.append(Example(block, text.count("\n", 0, fence.start()) + 1))
        else:
            found[-1].shown.append((kind, block))
    return found


def typed(guide: list[Example], folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """All of them in one bash that stops at the first fault; each keeps what it printed."""
    script = folder / "guide.sh"
    lines = (f"printf '\\n{MARK}'\n{example.text}" for example in guide)
    script.write_text("set -euo pipefail\n" + "".join(lines), encoding="utf-8")
    done = subprocess.run(
        ["bash", str(script)],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"} | environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    for example, came in zip(guide, done.stdout.split(MARK)[1:], strict=False):
        example.came = came
    return done


def wild(shown: str) -> re.Pattern[str]:
    """A text in which the mark stands for anything."""
    return re.compile(".*".join(map(re.escape, shown.split(MORE))))


def unlike(shown: Any, came: Any, at: str = "") -> Iterator[str]:
    """Where an answer is not what is shown."""
    if isinstance(shown, dict) and isinstance(came, dict):
        yield from _unlike_members(shown, came, at)
    elif isinstance(shown, list) and isinstance(came, list) and len(shown) == len(came):
        for number, (one, other) in enumerate(zip(shown, came, strict=True)):
            yield from unlike(one, other, f"{at}/{number}")
    elif not _alike(shown, came, NAME.fullmatch(at.rpartition("/")[2])):
        yield f"{at}: {shown!r} is shown, {came!r} came"


def _unlike_members(shown: Mapping[str, Any], came: Mapping[str, Any], at: str) -> Iterator[str]:
    named = shown.keys() - {MORE}
    if missing := named - came.keys():
        yield f"{at}: {sorted(missing)} did not come"
    if MORE not in shown and (more := came.keys() - named):
        yield f"{at}: {sorted(more)} came and is not shown"
    for name in named & came.keys():
        yield from unlike(shown[name], came[name], f"{at}/{name}")


def _alike(shown: Any, came: Any, is_name: object) -> bool:
    if not isinstance(shown, str) or not isinstance(came, str):
        return type(shown) is type(came) and (shown == came or (bool(is_name) and isinstance(shown, int)))
    shape = next((each for each in SHAPES if each.fullmatch(shown)), None)
    return bool((shape or wild(shown)).fullmatch(came))
