"""gunicorn's threaded worker with a line before its threads that does not grow, and goodbyes that hold nobody up.

The master imports this module, and its workers keep what it imported: nothing of the application is named here.
"""

import socket
from collections import deque
from collections.abc import Callable
from functools import partial
from selectors import EVENT_READ
from typing import TYPE_CHECKING, Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from app.core.clock import monotonic

if TYPE_CHECKING:
    from concurrent.futures import Future

    from app.core.overload.door import Door

AT_ONCE = 65536
GOODBYE = 2.0
MOST_KNOCKS = 32


class LineWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """Everything here runs in the main thread, save `handle`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Without a door everybody is let in."""
        super().__init__(*args, **kwargs)
        self.max_keepalived = self.worker_connections // 2  # idle ones must leave room for those who ask
        self.door: Door | None = None
        self.leaving: deque[TConn] = deque()

    def accept(self, listener: socket.socket) -> None:
        """Take all who knock: one at a time, most would wait in the kernel, where nobody can refuse them."""
        for _ in range(MOST_KNOCKS):
            known = self.nr_conns
            super().accept(listener)
            if self.nr_conns == known:
                break

    def enqueue_req(self, conn: TConn) -> None:
        """A thread takes it when its turn comes, or it is refused now; who says nothing yet gets no thread."""
        if not conn.initialized and not conn.data_ready and _is_silent(conn.sock):
            self._listen(conn, self.pending_conns, self.on_pending_socket_readable)
            return
        if self.door is not None:
            now = monotonic()
            if self.door.line.is_full(now) and self._turned_away(conn, self.door):
                return
            self.door.line.enter(now)
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> object:
        """It is its turn."""
        if self.door is not None:
            self.door.line.leave()
        return super().handle(conn)

    def finish_request(self, conn: TConn, fs: "Future[object]") -> None:
        """An open connection goes back to where it is listened to; one that ends does so without being waited for."""
        if fs.cancelled() or fs.exception() is not None or fs.result():
            super().finish_request(conn, fs)
        else:
            self._say_goodbye(conn)

    def murder_pending(self) -> None:
        """Whoever does not hang up in time is cut off, too."""
        super().murder_pending()
        while self.leaving and self.leaving[0].timeout < monotonic():
            self._cut_off(self.leaving.popleft())

    def _turned_away(self, conn: TConn, door: "Door") -> bool:
        """Whether no thread need take it now: it is refused, gone, or has said nothing yet."""
        if conn.parser is not None and conn.parser.unreader.buf.getvalue():
            return False
        try:
            received = conn.sock.recv(AT_ONCE, socket.MSG_DONTWAIT)
        except OSError:
            received = b""
        if not received:
            self._hang_up(conn)
            return True
        request = door.looks_at(received)
        if request.has_to_be_let_in:
            conn.init()
            conn.parser.unreader.unread(received)
            return False
        stays = request.whole and self.alive and len(self.keepalived_conns) < self.max_keepalived
        self._tell(conn, door.turns_away(request, stays=stays), stays=stays)
        return True

    def _tell(self, conn: TConn, answer: bytes, *, stays: bool) -> None:
        try:
            sent = conn.sock.send(answer, socket.MSG_DONTWAIT)
        except OSError:
            sent = 0
        if sent < len(answer):
            self._hang_up(conn)
        elif stays:
            self._listen(conn, self.keepalived_conns, self.on_client_socket_readable)
        else:
            self._say_goodbye(conn)

    def _say_goodbye(self, conn: TConn) -> None:
        """Nothing more is said; what the client still sends is read, or the answer would be lost on its way."""
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._hang_up(conn)
        else:
            self._listen(conn, self.leaving, self._on_last_words)
            conn.timeout = monotonic() + GOODBYE

    def _on_last_words(self, conn: TConn, client: socket.socket) -> None:
        try:
            more = client.recv(AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            more = b""
        if not more:
            self.leaving.remove(conn)
            self._cut_off(conn)

    def _listen(self, conn: TConn, among: deque[TConn], then: Callable[[TConn, socket.socket], None]) -> None:
        conn.sock.settimeout(0)
        conn.set_timeout()
        among.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(then, conn))

    def _cut_off(self, conn: TConn) -> None:
        self.poller.unregister(conn.sock)
        self._hang_up(conn)

    def _hang_up(self, conn: TConn) -> None:
        self.nr_conns -= 1
        conn.close()


def _is_silent(client: socket.socket) -> bool:
    try:
        client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
