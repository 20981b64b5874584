"""CSV that a spreadsheet opens without running anything in it, and that comes back from one."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import chain

from flask import Response, stream_with_context

from app.core.errors import CsvUnreadable

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four are full-width


def lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The file, line by line."""
    for row in chain([header], rows):
        buffer = StringIO()
        csv.writer(buffer).writerow([neutral(cell) for cell in row])
        yield buffer.getvalue()


def attachment(filename: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """The file as a download."""
    return _download(filename, "".join(lines(header, rows)))


def streamed(
    filename: str, header: Sequence[str], rows: Iterable[Sequence[object]], total: int | None = None
) -> Response:
    """The file as a download that is sent while it is read; the total tells a reader how far it is."""
    response = _download(filename, stream_with_context(lines(header, rows)))
    if total is not None:
        response.headers["X-Total-Rows"] = str(total)
    return response


def _download(filename: str, content: str | Iterator[str]) -> Response:
    response = Response(content, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def neutral(cell: object) -> object:
    """A text that a spreadsheet would take for a formula gets an apostrophe; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and _risky(cell) else cell


def plain(cell: str) -> str:
    """The text that was neutralised; any other stays what it is."""
    return cell[1:] if cell.startswith("'") and _risky(cell) else cell


def _risky(cell: str) -> bool:
    """A text that needs an apostrophe, or has one for that already and needs another to be told from it."""
    return cell.lstrip("'").startswith(RISKY)


@dataclass(frozen=True)
class Row:
    """A row of a file, where it begins, and its cells in the order of the file."""

    line: int
    cells: tuple[str, ...]


def table(content: bytes, columns: Sequence[str], *, most: int) -> tuple[tuple[str, ...], list[Row]]:
    """The header, in any order, and the rows that are not empty; refused as a whole when it cannot be told apart."""
    rows = _rows(_text(content))
    try:
        first = next(rows, None)
        header = _header(first.cells if first else (), columns)
        found = [row for row in rows if any(row.cells)]
    except csv.Error as error:
        raise CsvUnreadable(reason=f"The quotes do not match up, or a cell is too long: {error}.") from error
    if len(found) > most:
        raise CsvUnreadable(reason=f"The file has {len(found):,} rows; {most:,} are allowed. Send it in parts.")
    return header, found


def _text(content: bytes) -> str:
    if b"\0" in content:
        raise CsvUnreadable(reason=f"Line {_line_at(content, content.index(0))} has a NUL character: save it as UTF-8.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = _line_at(content, error.start)
        raise CsvUnreadable(reason=f"Line {line} is not UTF-8. Save the file as CSV UTF-8.") from error


def _line_at(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1


def _rows(text: str) -> Iterator[Row]:
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    begins = 1
    for cells in reader:
        yield Row(begins, tuple(plain(cell.strip()).strip() for cell in cells))
        begins = reader.line_num + 1


def _header(cells: Sequence[str], columns: Sequence[str]) -> tuple[str, ...]:
    header = tuple(cell.lower() for cell in cells)
    if len(header) == 1 and ";" in header[0]:
        raise CsvUnreadable(reason="The columns are parted by semicolons. Part them by commas.")
    if unknown := [name for name in header if name not in columns]:
        raise CsvUnreadable(reason=f"There is no column {unknown[0][:40]!r}. There are: {', '.join(columns)}.")
    if missing := [name for name in columns if name not in header]:
        raise CsvUnreadable(reason=f"The first line must name the columns; missing: {', '.join(missing)}.")
    if len(header) > len(columns):
        raise CsvUnreadable(reason="A column stands there twice.")
    return header
