"""The door of a web process that leaves."""

import select
import socket
from collections.abc import Iterator

import pytest

from app.core.draining import close_door, open_door


@pytest.fixture(params=[(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")], ids=["ipv4", "ipv6"])
def listener(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    family, host = request.param
    with socket.socket(family, socket.SOCK_STREAM) as made:
        made.bind((host, 0))
        made.listen(8)
        yield made


def knock(listener: socket.socket) -> socket.socket:
    return socket.create_connection(listener.getsockname()[:2], timeout=0.2)


def test_who_is_through_the_door_is_taken_in_and_who_knocks_is_not_heard(listener: socket.socket) -> None:
    with knock(listener) as early:
        close_door(listener)
        early.sendall(b"POST")
        with pytest.raises(TimeoutError):
            knock(listener)
        taken, _ = listener.accept()
        with taken:
            assert taken.recv(4) == b"POST"
    assert select.select([listener], [], [], 0)[0] == []


def test_a_socket_that_outlives_its_program_is_opened_by_the_next(listener: socket.socket) -> None:
    close_door(listener)
    open_door(listener, 8)
    open_door(listener, 8)
    knock(listener).close()


def test_a_socket_without_a_network_has_no_door() -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("\0draining")
        close_door(listener)
        open_door(listener, 8)
