"""What arrives in the inboxes of the customers who listen in this process: one question a round for all of them.

It keeps no queue and no event: the truth is the table, and a listener's cursor says what of it they were told. Ids are
given before the commit, so "everything above the last one" would lose the row of a slow transaction. A round therefore
asks for everything above the listener's floor and passes over what they were told already. The floor moves up to an id
when every transaction that could have been given one up to there has ended: first the last given id is read, then who
holds a lock on the table as its writers do; when none of them holds it any more, whatever they wrote is visible.

A listener who has not taken the last rows is not asked for. The process dies: the client comes back with its cursor.
"""

from collections.abc import Callable
from threading import Condition, Lock
from typing import Any

from app.core import db
from app.core.errors import BadCursor
from app.notifications import queries, rules
from app.notifications.rules import Cursor

MOST_ROWS = 100
# A newcomer was told of everything that is visible. So many at most can become visible for one customer while a
# transaction goes on that gave one of its rows a lower id.
MOST_AT_ONCE = 50


class Listener:
    """One stream: whose, how far, and what has arrived."""

    def __init__(self, customer_id: int, cursor: Cursor) -> None:
        """Nothing has arrived."""
        self.customer_id, self.cursor, self.closed = customer_id, cursor, False
        self._rows: list[Any] = []
        self._floor = cursor.floor
        self._moved = Condition()

    @property
    def hungry(self) -> bool:
        """Whether everything that was put here was taken."""
        return not self._rows

    def put(self, rows: list[Any], floor: int) -> None:
        """Hand over what was found above the cursor, when nothing up to the floor can come any more."""
        with self._moved:
            complete = len(rows) < MOST_ROWS
            self._floor = floor if complete else min(floor, rows[-1].id)
            self._rows = [row for row in rows if not self.cursor.has(row.id)]
            if self._rows:
                self._moved.notify_all()
            else:
                self.cursor = self.cursor.settled(self._floor)

    def wait(self, seconds: float, *, for_rows: bool) -> None:
        """Wait for the end, or so long, or until something has arrived, if that is to be waited for."""
        with self._moved:
            self._moved.wait_for(lambda: (for_rows and self._rows) or self.closed, seconds)

    def take(self) -> list[tuple[str, Any]]:
        """What has arrived, each with the id of its event."""
        with self._moved:
            found = []
            for row in self._rows:
                self.cursor = self.cursor.telling(row.id)
                found.append((str(self.cursor), row))
            if found:
                self.cursor = self.cursor.settled(self._floor)
            self._rows = []
            return found

    def close(self) -> None:
        """Wait no more."""
        with self._moved:
            self.closed = True
            self._moved.notify_all()


class Arrivals:
    """All who listen in this process."""

    def __init__(self, start: Callable[[Callable[[], bool]], None]) -> None:
        """`start` runs rounds of something until it answers that none is needed."""
        self._start, self._lock = start, Lock()
        self._listeners: set[Listener] = set()
        self._running = False
        self.floor = 0
        self._awaited: tuple[int, set[str]] | None = None

    def join(self, listener: Listener) -> None:
        """Listen from now on."""
        with self._lock:
            self._listeners.add(listener)
            starting, self._running = not self._running, True
        if starting:
            self._start(self._round)

    def leave(self, listener: Listener) -> None:
        """Listen no more; when nobody does, nothing is asked."""
        with self._lock:
            self._listeners.discard(listener)

    def close(self) -> None:
        """Let all of them go."""
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener.close()

    def _round(self) -> bool:
        with self._lock:
            self._running = bool(self._listeners)
            hungry = [listener for listener in self._listeners if listener.hungry]
            if not self._running:
                self._awaited = None
                return False
        self._raise_the_floor()
        self._look_for(hungry)
        return True

    def _raise_the_floor(self) -> None:
        """Before the rows are read: whoever has ended by now is visible to that."""
        if self._awaited is None:
            self._awaited = queries.last_given_id(), queries.writers()
        else:
            self._awaited = self._awaited[0], self._awaited[1] & queries.writers()
        given, still_writing = self._awaited
        if not still_writing:
            self.floor, self._awaited = given, None

    def _look_for(self, hungry: list[Listener]) -> None:
        """Of a customer who listens twice, from where the one begins who is further behind."""
        floors: dict[int, int] = {}
        for each in hungry:
            floors[each.customer_id] = min(each.cursor.floor, floors.get(each.customer_id, each.cursor.floor))
        rows = queries.arrived(floors, most=MOST_ROWS)
        for each in hungry:
            each.put(rows[each.customer_id], self.floor)


def opened(customer_id: int, event_id: str | None, floor: int) -> Cursor:
    """From where a stream goes on: after an event of ours, or after everything that is visible at this moment.

    Everything up to the floor has been visible since before this is asked.
    """
    if event_id is None:
        with db.statement():
            return _newcomer(customer_id).settled(floor)
    cursor = rules.cursor_of(event_id)
    if cursor is None:
        raise BadCursor
    return cursor


def _newcomer(customer_id: int) -> Cursor:
    newest = queries.newest_ids(customer_id, most=MOST_AT_ONCE + 1)
    below = newest[MOST_AT_ONCE:] or [0]
    return Cursor(below[0], frozenset(newest[:MOST_AT_ONCE]))
