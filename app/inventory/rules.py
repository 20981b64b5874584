"""What the rows of a stock file must be, each fault with its place and what to do about it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.core import csvs

COLUMNS = ("sku", "set_to", "expected", "reason", "row_key")
MOST_ROWS = 10_000
MOST_UNITS = 1_000_000_000
LONGEST = {"sku": 64, "reason": 200, "row_key": 90}


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row, at which column, and what to do."""

    line: int
    column: str
    code: str
    detail: str


@dataclass(frozen=True)
class StockRow:
    """A row that can be asked of the stock."""

    line: int
    sku: str
    set_to: int
    expected: int
    reason: str
    row_key: str


def read(content: bytes) -> tuple[list[StockRow], list[Fault]]:
    """The rows of a file that are sound, and what is wrong with the others."""
    header, found = csvs.table(content, COLUMNS, most=MOST_ROWS)
    named = {row.line: dict(zip(header, row.cells, strict=False)) for row in found}
    faults = [fault for row in found for fault in _faults(row, named[row.line])]
    faults += [fault for column in ("sku", "row_key") for fault in _doubles(column, named)]
    bad = {fault.line for fault in faults}
    rows = [_sound(line, cells) for line, cells in named.items() if line not in bad]
    return rows, sorted(faults, key=lambda fault: fault.line)


def _faults(row: csvs.Row, cells: Mapping[str, str]) -> Iterator[Fault]:
    if len(row.cells) != len(COLUMNS):
        told = f"The row has {len(row.cells)} cells, not {len(COLUMNS)}. Quote cells that hold a comma."
        yield Fault(row.line, "", "wrong_cells", told)
        return
    yield from (Fault(row.line, *fault) for name in ("set_to", "expected") for fault in _number(name, cells[name]))
    yield from (Fault(row.line, *fault) for name in LONGEST for fault in _text(name, cells))


def _number(name: str, text: str) -> Iterator[tuple[str, str, str]]:
    if not (text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) <= MOST_UNITS):
        yield name, "invalid", f"{text[:40]!r} is no number of units. Write a whole number from 0 to {MOST_UNITS:,}."


def _text(name: str, cells: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    if len(cells[name]) > LONGEST[name]:
        yield name, "too_long", f"It has {len(cells[name])} characters; {LONGEST[name]} are allowed."
    if not cells[name] and (name == "sku" or cells["set_to"] != cells["expected"]):
        yield name, "required", "Fill this in."


def _doubles(column: str, named: Mapping[int, Mapping[str, str]]) -> Iterator[Fault]:
    """Rows that share what only one may have; upper and lower case of a SKU make no difference."""
    lines = defaultdict(list)
    for line, cells in named.items():
        lines[cells.get(column, "").lower() if column == "sku" else cells.get(column, "")].append(line)
    for value, those in lines.items():
        if value and len(those) > 1:
            yield from (Fault(line, column, "duplicate", _others(column, line, those)) for line in those)


def _others(column: str, line: int, lines: Iterable[int]) -> str:
    others = [str(other) for other in lines if other != line]
    more = "" if len(others) <= 3 else f" and {len(others) - 3} more"
    return f"The same {column} stands in line {', '.join(others[:3])}{more}. Keep one of them."


def _sound(line: int, cells: Mapping[str, str]) -> StockRow:
    return StockRow(line, cells["sku"], int(cells["set_to"]), int(cells["expected"]), cells["reason"], cells["row_key"])
