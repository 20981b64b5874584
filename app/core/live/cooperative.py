"""psycopg2 under gevent: a greenlet that waits for PostgreSQL lets the others run, and does not wait for ever.

libpq speaks to its socket itself, so patching Python's sockets changes nothing for it; psycopg2 asks this callback to
wait instead. A server that hangs does not end a statement by its own timeout: the wait has one too.
"""

from typing import Any

import psycopg2
from gevent.socket import wait_read, wait_write
from psycopg2 import extensions


def let_others_run(patience: float) -> None:
    """From here on, no wait for PostgreSQL stops this process, and none lasts longer than this."""
    late = psycopg2.OperationalError("the database did not answer in time")
    wait_for = {extensions.POLL_READ: wait_read, extensions.POLL_WRITE: wait_write}

    def wait(connection: Any) -> None:
        while (state := connection.poll()) != extensions.POLL_OK:
            wait_for[state](connection.fileno(), timeout=patience, timeout_exc=late)

    extensions.set_wait_callback(wait)
