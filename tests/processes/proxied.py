"""The proxy of the compose file in front of processes of a stack, as it stands but for its addresses."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from pathlib import Path

from bench import proxy
from tests.processes.stack import Stack, eventually


@contextmanager
def proxied(folder: Path, first: Stack, second: Stack, live_port: int, *, most: int = proxy.MOST) -> Iterator[Stack]:
    """The stack as it is seen through the proxy, with two groups of web processes behind it."""
    seen = copy(first)
    with proxy.proxied(folder, web=first.port, web2=second.port, live=live_port, most=most) as seen.port:
        eventually(lambda: seen.answers("/ready", 200), (folder / "log").read_text())
        yield seen
