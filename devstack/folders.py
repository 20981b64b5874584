"""Private folders for data and for sockets."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from devstack.errors import StackError

# A socket's path may have 107 bytes; PostgreSQL appends "/.s.PGSQL.5432.lock" to the folder.
LONGEST_SOCKET_FOLDER = 85


def private_folder(path: Path) -> Path:
    """Makes the folder, closed to other users, unless it exists; the answer is absolute."""
    path = path.resolve()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(path, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise StackError(f"cannot write to {path}: {error.strerror}") from error
    return path


def forget_figures(path: Path) -> None:
    """Makes the folder of the metrics and removes what an earlier run left in it, and nothing else."""
    for leftover in private_folder(path).glob("*.db"):
        leftover.unlink(missing_ok=True)


def socket_folder(wanted: Path) -> Path:
    """The wanted folder, or a short one under the temporary folder when a socket's path there would be too long."""
    if len(os.fsencode(wanted)) <= LONGEST_SOCKET_FOLDER:
        return private_folder(wanted)
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    return _trusted(private_folder(_short_temporary_root() / f"holdfast-{os.getuid()}-{digest}"))


def _short_temporary_root() -> Path:
    root = Path(tempfile.gettempdir())
    return root if len(os.fsencode(root)) <= LONGEST_SOCKET_FOLDER - 40 else Path("/tmp")  # noqa: S108 - checked by _trusted


def _trusted(folder: Path) -> Path:
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid() or facts.st_mode & 0o077:
        raise StackError(f"{folder} belongs to somebody else: remove it or set TMPDIR")
    return folder
