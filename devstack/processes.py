"""Child processes that die with the process that started them."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None, use_errno=True)


def check(result: int, what: str) -> None:
    """Raises the C library's error of a failed call."""
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def die_with_parent(parent: int, death_signal: signal.Signals) -> None:
    """The kernel sends this process the signal when its parent ends, however that happens."""
    check(libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0), "prctl")
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def spawn(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    output: int | IO[bytes],
    cwd: Path | None = None,
    death_signal: signal.Signals = signal.SIGKILL,
    become: Callable[[], None] | None = None,
    keep_open: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Starts a command in a session of its own; call it from a thread that lives as long as the child should."""
    parent = os.getpid()

    def before_exec() -> None:
        if become is not None:
            become()
        # A change of credentials clears the death signal, so it is set last.
        die_with_parent(parent, death_signal)

    return subprocess.Popen(
        [str(part) for part in command],
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=before_exec,  # noqa: PLW1509 - the launcher has no threads, and it only makes system calls
        pass_fds=keep_open,
    )


def end(process: subprocess.Popen[bytes], *steps: tuple[signal.Signals, float]) -> None:
    """Sends each signal in turn until the process has ended within the seconds given; SIGKILL is the last."""
    for step, seconds in steps:
        if process.poll() is None:
            process.send_signal(step)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
        return
    process.kill()
    process.wait()


def children(pid: int) -> list[int]:
    """The process ids of the direct children, as far as they still run."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
