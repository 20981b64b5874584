"""How a web process leaves: nothing that a client has sent to it is lost.

gunicorn tells its workers to leave by one signal and for two reasons; which one it is shows at the master's own socket.

- It is reloaded (SIGHUP): the successors are born and load the application, which takes seconds. Until one of them
  answers, the worker goes on as before; then it takes no new connection, the socket being the successors' too.
- It ends: nobody follows, and with the last process the kernel resets what it has accepted and nobody has taken. So a
  filter keeps those out who knock from now on, who have sent nothing yet and are refused a moment later; who is
  through the door is taken in; then the socket is closed, while what was taken in is answered.

And how it comes: until a worker has loaded the application nobody listens, so who comes early is refused at once and
asks the other group, in place of standing in a queue that nobody empties.

A worker that dies on the way loses what it was answering, as ever; the filter is taken off by whoever serves the same
socket next. That a connection without a request is kept for two seconds, in which a request may still arrive, is
gunicorn's own doing: whoever keeps connections has to give an idle one up before that (deploy/nginx: after one).
"""

import socket
import struct
from contextlib import suppress
from ctypes import addressof, create_string_buffer
from mmap import mmap
from pathlib import Path
from select import select

from gunicorn.sock import BaseSocket
from gunicorn.workers.gthread import ThreadWorker

from app.core import clock

LOOK_EVERY = 0.1
# From here on nobody knocks; who did before is through the door by then.
HANDSHAKE = 0.3
ATTACH_FILTER, DETACH_FILTER = 26, 27
# Over the TCP header: a segment with SYN is dropped, any other passes.
KNOCKS = ((0x30, 0, 0, 13), (0x45, 0, 1, 0x02), (0x06, 0, 0, 0), (0x06, 0, 0, 0xFFFFFFFF))

# Shared by all whom the master forks: the generation of the youngest that has served.
_youngest = memoryview(mmap(-1, 8)).cast("q")


class DrainingWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """The worker of `wsgi:app`; each of these methods ends in gunicorn's, so another subclass can stand beside it."""

    # How often the master has been reloaded; who is forked keeps what it was then.
    generation = 0
    alive: bool
    asked_at = 0.0
    closing_at = 0.0

    def run(self) -> None:
        """Serve; whoever is older may go now."""
        for listener in self.sockets:
            open_door(listener, self.cfg.backlog)
        _youngest[0] = max(_youngest[0], self.generation)
        super().run()

    def handle_exit(self, sig: int, frame: object) -> None:
        """Take the signal as a wish; `notify` fulfils it in the loop."""
        self.asked_at = self.asked_at or clock.monotonic()
        self.method_queue.defer(lambda: None)

    def notify(self) -> None:
        """Before each turn of the loop: say that this process lives, and see whether it may leave."""
        super().notify()
        if self.asked_at and self.alive:
            self.alive = not (self._is_followed() if self._others_listen() else self._is_closed())

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Who is to leave looks more often whether it may."""
        super().wait_for_and_dispatch_events(min(timeout, LOOK_EVERY) if self.asked_at else timeout)

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 - gunicorn's own signature
        """Who leaves takes in whoever is through the door, and gives up its share of the socket."""
        super().set_accept_enabled(enabled and self.alive)
        while not self.alive and self.sockets:
            listener = self.sockets.pop()
            if self.closing_at:
                self._take_in(listener)
            listener.close()

    def _is_followed(self) -> bool:
        """One of a later generation serves; it is waited for as long as the master does."""
        return _youngest[0] > self.generation or clock.monotonic() - self.asked_at > self.cfg.timeout

    def _is_closed(self) -> bool:
        """The door is closed, and has been for so long that nobody stands in it."""
        if not self.closing_at:
            self.closing_at = clock.monotonic()
            for listener in self.sockets:
                close_door(listener)
        return clock.monotonic() - self.closing_at > HANDSHAKE

    def _others_listen(self) -> bool:
        """Whether the master still has the socket: it closes its own before it tells the workers to end."""
        number = self.sockets[0].fileno()
        try:
            return _opened(self.ppid, number) == _opened(self.pid, number)
        except OSError:
            return False

    def _take_in(self, listener: socket.socket) -> None:
        while select([listener], [], [], 0)[0]:
            self.accept(listener)


def listen_when_serving() -> None:
    """From here on gunicorn's master binds its sockets and leaves it to the workers to listen."""
    BaseSocket._is_listening = staticmethod(lambda _: True)  # noqa: SLF001 - it listens where nobody does yet


def close_door(listener: socket.socket) -> None:
    """Whoever knocks at this socket is not heard; who is through is not touched."""
    if _is_tcp(listener):
        program = create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in KNOCKS))
        listener.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, struct.pack("HP", len(KNOCKS), addressof(program)))


def open_door(listener: socket.socket, backlog: int) -> None:
    """Whoever knocks is heard; a socket that outlives its program may have been closed by the one before."""
    listener.listen(backlog)
    if _is_tcp(listener):
        with suppress(FileNotFoundError):
            listener.setsockopt(socket.SOL_SOCKET, DETACH_FILTER, 0)


def _opened(pid: int, number: int) -> Path:
    """What a process holds under that number."""
    return Path(f"/proc/{pid}/fd/{number}").readlink()


def _is_tcp(listener: socket.socket) -> bool:
    return listener.family in {socket.AF_INET, socket.AF_INET6}
