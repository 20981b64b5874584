"""A backup is written beside its name and takes the name when it is whole.

FILE.part is locked while it is written, so two backups into one file do not mix; one that a killed process left is
written over. The lock is held until the name is taken: what `--force` guards is looked at under it.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from app.core.settings import Settings
from app.operations.backups.place import BackupError, place_of, server_of
from app.operations.backups.programs import found, run


@dataclass(frozen=True)
class Dump:
    """What was written, of which server, by which pg_dump."""

    size: int
    server: int
    program: str


def dump(settings: Settings, file: Path, *, force: bool) -> Dump:
    """Write the database into the file."""
    place = place_of(settings)
    server = server_of(place)
    program = found("pg_dump", settings, server)
    with _reserved(file, force=force) as part:
        run(program, place, "--format=custom", f"--file={part}")
        _kept(part)
        size = part.stat().st_size
        part.replace(file)
        _kept(file.parent)
    return Dump(size, server, program.version)


@contextmanager
def _reserved(file: Path, *, force: bool) -> Iterator[Path]:
    part = file.with_name(f"{file.name}.part")
    descriptor = _locked(part)
    try:
        if file.exists() and not force:
            raise BackupError(f"{file} exists; --force replaces it.")
        yield part
    finally:
        with suppress(FileNotFoundError):  # it has its name
            part.unlink()
        os.close(descriptor)


def _locked(part: Path) -> int:
    """Only for who runs this: the data of customers is in it."""
    try:
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as fault:
        raise BackupError(f"{part} cannot be written: {fault.strerror}.") from fault
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as busy:
        os.close(descriptor)
        raise BackupError(f"Another backup writes {part} now.") from busy
    return descriptor


def _kept(path: Path) -> None:
    """On the disk, whatever happens to the host."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
