"""Several threads with connections of their own, and what the database says between them."""

import threading
from collections.abc import Callable
from typing import Any

from app.core import context, db
from app.core.web import HoldfastApp


def rows(statement: str, *values: object) -> list[Any]:
    """What a statement returns, kept."""
    with db.transaction() as session:
        result = session.connection().exec_driver_sql(statement, values)
        return list(result) if result.returns_rows else []


def at_once(app: HoldfastApp, count: int, act: Callable[[int], Any]) -> list[Any]:
    """What each of several threads gets, all starting at the same moment."""
    start, answers = threading.Barrier(count), [None] * count

    def one(number: int) -> None:
        with app.app_context(), context.surroundings(source="job"):
            start.wait()
            answers[number] = act(number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
