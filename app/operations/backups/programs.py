"""PostgreSQL's own programs: found in a version that is not older than the server, and run."""

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.core.processes import die_with_parent
from app.core.settings import Settings
from app.operations.backups.place import BackupError, Place

# Where Debian keeps the versions that its /usr/bin/pg_dump chooses from.
DEBIAN = Path("/usr/lib/postgresql")
VERSION = re.compile(r"\(PostgreSQL\) (\d+)(\S*)")


@dataclass(frozen=True)
class Program:
    """A program and its version."""

    path: Path
    major: int
    version: str


def found(name: str, settings: Settings, server: int) -> Program:
    """The first program of this name that is not older than the server, given as a major version."""
    seen = []
    for path in _paths(name, settings):
        program = _asked(path)
        if program and program.major >= server:
            return program
        seen += [f"{path} is {program.version}"] if program else []
    told = f" ({'; '.join(seen)})" if seen else ""
    raise BackupError(
        f"There is no {name} of PostgreSQL {server} or newer here{told}. Install PostgreSQL's client of that version "
        f"(Debian: postgresql-client-{server}), or set PG_BIN to its folder."
    )


def run(program: Program, place: Place, *arguments: str) -> None:
    """To its end."""
    with running(program, place, *arguments, output=subprocess.DEVNULL):
        pass


@contextmanager
def running(program: Program, place: Place | None, *arguments: str, output: int) -> Iterator["subprocess.Popen[bytes]"]:
    """A program that ends with us; what it says when it fails is the refusal."""
    secret = {"PGPASSWORD": place.password} if place and place.password else {}
    target = [f"--dbname={place.dsn}"] if place else []
    with tempfile.TemporaryFile() as said:
        begun = subprocess.Popen(  # noqa: S603 - a path that was looked for, and arguments of ours
            [program.path, *target, *arguments],
            env=os.environ | {"LC_ALL": "C.UTF-8"} | secret,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=said,
            preexec_fn=partial(die_with_parent, signal.SIGTERM),  # noqa: PLW1509 - a command has one thread
        )
        with begun:
            try:
                yield begun
                begun.wait()
            except BaseException:
                begun.terminate()
                raise
        if begun.returncode:
            said.seek(0)
            words = said.read().decode(errors="replace").strip() or f"it ended with {begun.returncode}"
            raise BackupError(f"{program.path.name} {program.version} failed: {words}")


def _paths(name: str, settings: Settings) -> Iterator[Path]:
    if settings.pg_bin:
        yield Path(settings.pg_bin) / name
        return
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    newest_first = sorted(DEBIAN.glob("*/bin"), key=lambda folder: -int(re.sub(r"\D", "", folder.parent.name) or 0))
    yield from (
        path for folder in (*map(Path, filter(None, folders)), *newest_first) if (path := folder / name).is_file()
    )


def _asked(path: Path) -> Program | None:
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True, timeout=10).stdout  # noqa: S603 - see above
    except (OSError, subprocess.SubprocessError):
        return None
    version = VERSION.search(said)
    return Program(path, int(version[1]), version[1] + version[2]) if version else None
