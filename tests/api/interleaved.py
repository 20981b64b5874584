"""Two sessions in a fixed order: the second begins while the first has not committed, and ends after it has."""

import threading
from typing import Any

import psycopg2

WAITS = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s"


def interleaved(
    db_url: str, first: tuple[str, list[Any]], second: tuple[str, list[Any]], then: tuple[str, list[Any]] | None = None
) -> Any:
    """What the second session's statement answers, or the fault that it ends with.

    `then` is what the first session does once the second one waits for it.
    """
    told: list[Any] = []
    one, two, watch = (psycopg2.connect(db_url) for _ in range(3))
    try:
        two.autocommit = watch.autocommit = True
        one.cursor().execute(*first)
        thread = threading.Thread(target=lambda: told.append(_answer(two, second)))
        thread.start()
        while thread.is_alive() and not _waits(watch, two.info.backend_pid):
            thread.join(0.01)
        if then is not None:
            one.cursor().execute(*then)
        one.commit()
        thread.join()
        return told[0]
    finally:
        for connection in (one, two, watch):
            connection.close()


def _answer(connection: Any, statement: tuple[str, list[Any]]) -> Any:
    with connection.cursor() as cursor:
        try:
            cursor.execute(*statement)
        except psycopg2.Error as fault:
            return fault.diag.message_primary
        return cursor.fetchone()[0]


def _waits(connection: Any, pid: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITS, [pid])
        return bool(cursor.fetchone()[0])
