"""A primary and a streaming standby: what was committed is on both, and the standby can take over."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg2

from devstack.errors import StackError
from devstack.postgres import ROLE, Postgres, binary
from tests.processes.stack import DATABASE, Stack, eventually

NAME = "standby"
SYNCHRONOUS = "SELECT sync_state = 'sync' FROM pg_stat_replication WHERE application_name = %s"
BEHIND = "SELECT pg_current_wal_lsn()"
REPLAYED = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"


class Standby(Postgres):
    """PostgreSQL that follows another one; it waits for nobody when it has taken over."""

    def __init__(self, home: Path, primary: Postgres) -> None:
        super().__init__(home, durable=False)
        self.primary = primary

    def _make_cluster(self) -> None:
        unfinished = self.folder / "data.new"
        source = f"host={self.primary.sockets} user={ROLE} application_name={NAME}"
        command: list[str | Path] = [
            binary("pg_basebackup"),
            "-D",
            unfinished,
            "-d",
            source,
            "-R",
            "-X",
            "stream",
            "-c",
            "fast",
        ]
        with self._open_log() as log:
            self._process = self._spawn([*command, "--no-sync"], log)
        if self._process.wait() != 0:
            raise StackError(f"the primary cannot be copied: {self._last_words()}")
        unfinished.rename(self.data)

    def _command(self) -> list[str | Path]:
        return [*super()._command(), "-c", "synchronous_standby_names="]

    def asked(self, statement: str, *values: object) -> object:
        """The first value that it answers; None when it does not."""
        try:
            connection = psycopg2.connect(self.url(DATABASE))
        except psycopg2.OperationalError:
            return None
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            found: object = (cursor.fetchone() or [None])[0]
        connection.close()
        return found

    def take_over(self) -> None:
        """Become the primary."""
        assert self.asked("SELECT pg_promote()") is True

    def has_caught_up_with(self, stack: Stack) -> bool:
        """Whether everything that the primary has now is to be seen here."""
        [(position,)] = stack.sql(BEHIND)
        eventually(lambda: self.asked(REPLAYED, position), "the standby has replayed what the primary has")
        return True


def url_of(*servers: Postgres, wants: str = "read-write") -> str:
    """One URL of several servers."""
    hosts = ",".join(quote(str(server.sockets), safe="") for server in servers)
    return f"postgresql://{ROLE}@{hosts}/{DATABASE}?target_session_attrs={wants}"


@contextmanager
def standing_by(stack: Stack) -> Iterator[Standby]:
    """A standby that every commit waits for; whatever is started from here on knows of both."""
    with Standby(stack.home / "standby", stack.postgres) as standby:
        stack.sql(f"ALTER SYSTEM SET synchronous_standby_names = '{NAME}'")
        stack.sql("SELECT pg_reload_conf()")
        eventually(lambda: stack.sql(SYNCHRONOUS, NAME) == [(True,)], "the standby is synchronous")
        stack.environment["DATABASE_URL"] = url_of(stack.postgres, standby)
        yield standby
