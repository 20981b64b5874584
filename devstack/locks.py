"""One holder per folder, also when the holder was killed."""

import fcntl
import os
import time
from pathlib import Path

from devstack.errors import StackError


class FolderLock:
    """An flock on `<folder>/lock`: children that inherit `fd` keep it, so a free lock means that all of them ended."""

    def __init__(self, folder: Path, *, busy: str) -> None:
        self._path = folder / "lock"
        self._busy = busy
        self.fd = -1

    def take(self, orphans_may_last: float = 10.0) -> None:
        """Takes the lock at once, or waits while only the orphans of a dead holder have it."""
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + orphans_may_last
        while not _try(fd):
            if _holder_lives(fd) or time.monotonic() > deadline:
                os.close(fd)
                raise StackError(self._busy)
            time.sleep(0.02)
        os.ftruncate(fd, 0)
        os.pwrite(fd, str(os.getpid()).encode(), 0)
        self.fd = fd

    def release(self) -> None:
        """Gives the lock back; nothing happens when it is not held."""
        if self.fd >= 0:
            os.ftruncate(self.fd, 0)
            os.close(self.fd)
            self.fd = -1


def _try(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder_lives(fd: int) -> bool:
    pid = os.pread(fd, 20, 0).decode().strip()
    return bool(pid) and Path(f"/proc/{pid}").exists()
