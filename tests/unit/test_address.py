"""Several servers in one URL: the one that takes us is found, and asked first from then on."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import psycopg2
import pytest
from psycopg2.extensions import parse_dsn

from app.core import settings
from app.core.address import Address, engine, servers

GONE = "%2Fnowhere"


@pytest.fixture
def here(db_url: str) -> dict[str, str]:
    """The parts of the test database's URL."""
    return parse_dsn(db_url)


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[str]:
    """A server that takes connections and never says a word."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / ".s.PGSQL.5432"))
        listening.listen()
        yield quote(str(tmp_path), safe="")


def several(here: dict[str, str], *others: str, wants: str = "read-write") -> str:
    """The URL of these and, as the last, of the test database."""
    hosts, port = ",".join([*others, quote(here["host"], safe="")]), here.get("port", "5432")
    who = here["user"] + (f":{quote(here['password'])}" if "password" in here else "")
    return f"postgresql://{who}@{hosts}/{here['dbname']}?port={port}&target_session_attrs={wants}"


def test_libpqs_own_form_is_a_setting_that_every_reader_takes(here: dict[str, str]) -> None:
    url = several(here, GONE)
    assert settings.load({"HOLDFAST_ENV": "test", "DATABASE_URL": url}).database_url == url
    for connect in (psycopg2.connect, Address(url).connect):
        with closing(connect(url) if connect is psycopg2.connect else connect()) as connection:
            assert connection.info.host == here["host"]
    with engine(url).connect() as speak:
        assert speak.connection.dbapi_connection.info.dbname == here["dbname"]  # type: ignore[union-attr]  # psycopg2's


def test_who_took_us_is_asked_first_so_that_a_silent_server_costs_its_wait_once(
    here: dict[str, str], silent: str
) -> None:
    several_of_them = Address(several(here, silent))
    with closing(several_of_them.connect(connect_timeout=2)):
        pass
    with closing(several_of_them.connect(connect_timeout=600)) as connection:
        assert connection.info.host == here["host"]


def test_a_server_that_does_not_do_what_is_demanded_is_passed_over(here: dict[str, str]) -> None:
    reading = Address(several(here, wants="standby"))
    with pytest.raises(psycopg2.OperationalError, match="not in hot standby"):
        reading.connect()


def test_when_none_takes_us_each_ones_reason_is_told(here: dict[str, str]) -> None:
    with pytest.raises(psycopg2.OperationalError, match=r"(?s)/nowhere/.*not in hot standby"):
        Address(several(here, GONE, wants="standby")).connect()


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("postgresql://u@a,b:5433/x", [{"host": "a"}, {"host": "b", "port": "5433"}]),
        ("postgresql://u@a,b/x?port=5433", [{"host": "a", "port": "5433"}, {"host": "b", "port": "5433"}]),
        ("postgresql://u@[::1]:1,[::2]:2/x", [{"host": "::1", "port": "1"}, {"host": "::2", "port": "2"}]),
        ("postgresql:///x", [{}]),
    ],
)
def test_each_server_has_its_own_port(url: str, found: list[dict[str, str]]) -> None:
    assert servers(parse_dsn(url)) == found
