"""Listening sockets, bound before anything starts: a port in use is known at once, and nobody can take it later."""

import socket

from devstack.errors import StackError

LOOPBACK = "127.0.0.1"
BACKLOG = 128


def listen(port: int, variable: str) -> socket.socket:
    """A socket that listens on the port; connections wait in it until a server takes them."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        reason = (error.strerror or str(error)).lower()
        raise StackError(f"port {port} cannot be used ({reason}): choose another by {variable}=<port>") from error
    return listener


def listen_near(port: int, variable: str) -> socket.socket:
    """The same, on any free port when this one is taken."""
    try:
        return listen(port, variable)
    except StackError:
        return listen(0, variable)


def given(place: str) -> socket.socket:
    """What the launcher bound and left open, by its number; in a container nobody did: `0.0.0.0:8025` is bound here."""
    host, _, port = place.rpartition(":")
    return socket.create_server((host, int(port)), backlog=BACKLOG) if host else socket.socket(fileno=int(place))
