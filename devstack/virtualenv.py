"""A virtual environment that always matches the lock files, made by the standard library and pip alone."""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUN = ("requirements.txt", "requirements-dev.txt")
LOCK_SETS = {"run": RUN, "check": (*RUN, "requirements-check.txt")}
Stamp = dict[str, str]


def main(arguments: list[str]) -> int:
    """Brings the environment to the asked set of lock files; silent and quick when it is there."""
    locks = LOCK_SETS[arguments[0] if arguments else "run"]
    try:
        if not _matches(_wanted(locks)):
            with _alone():
                _build(locks)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"The virtual environment cannot be made: {error}", file=sys.stderr)
        return 2
    return 0


def _build(locks: tuple[str, ...]) -> None:
    """Adds to an environment that has the first locks already, else starts from nothing."""
    wanted = _wanted(locks)
    if _matches(wanted):
        return
    if not _matches(_wanted(RUN)):
        _say("Making .venv and installing the locked packages: once, about half a minute")
        _stamp_file().unlink(missing_ok=True)
        _call(_host(), "-m", "venv", "--clear", "--without-pip", ROOT / ".venv")
    chosen = [part for lock in locks for part in ("-r", str(ROOT / lock))]
    pip = [_host(), "-m", "pip", "--python", str(_python()), "--disable-pip-version-check"]
    _call(*pip, "install", "--quiet", "--require-hashes", "--no-warn-script-location", *chosen)
    _write(wanted)


def _wanted(locks: tuple[str, ...]) -> Stamp:
    digests = {lock: hashlib.sha256((ROOT / lock).read_bytes()).hexdigest() for lock in locks}
    return {"python": f"{sys.version.split()[0]} {sys.base_prefix}"} | digests


def _matches(wanted: Stamp) -> bool:
    """Whether the environment was finished with these locks and its Python is still there."""
    try:
        lines = _stamp_file().read_text().splitlines()
    except OSError:
        return False
    return _python().exists() and wanted.items() <= dict(line.split("=", 1) for line in lines).items()


def _write(stamp: Stamp) -> None:
    unfinished = _stamp_file().with_suffix(".new")
    unfinished.write_text("".join(f"{name}={value}\n" for name, value in stamp.items()))
    unfinished.replace(_stamp_file())


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time builds; the others wait and find the work done."""
    with (ROOT / ".venv.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Waiting for another make that builds .venv")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _call(*command: str | Path) -> None:
    """Runs a program without the environment variables that would bend pip or Python."""
    bent = {"PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_USER", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV", "VIRTUAL_ENV"}
    environ = {name: value for name, value in os.environ.items() if name not in bent}
    subprocess.run([str(part) for part in command], check=True, env=environ)


def _host() -> str:
    """The running Python, or the one that its virtual environment came from when it has no pip."""
    if find_spec("pip") is not None or sys.prefix == sys.base_prefix:
        return sys.executable
    return str(Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}")


def _python() -> Path:
    return ROOT / ".venv" / "bin" / "python"


def _stamp_file() -> Path:
    return ROOT / ".venv" / "holdfast.stamp"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
