"""The night of a sale as the model plays it, against the real server over sockets."""

from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psycopg2
import pytest

from tests.api.promo_night import World, play
from tests.processes.shelf import Shelf
from tests.processes.stack import DATABASE, Stack
from tests.scale import scaled


@dataclass(frozen=True)
class Heard:
    """An answer that came over a socket, as the model reads it."""

    status_code: int
    text: str
    json: Any


@dataclass(frozen=True)
class Wire:
    """A caller over a socket."""

    web: Stack
    token: str

    def call(self, method: str, path: str, **options: Any) -> Heard:
        """A request to the API; whoever is asked to come back because somebody is in the way does."""
        answer = self.web.patiently(method, path, token=self.token, **options)
        return Heard(answer.status_code, answer.text, answer.json() if answer.content else None)

    def get(self, path: str) -> Heard:
        """GET."""
        return self.call("GET", path)

    def post(self, path: str, **options: Any) -> Heard:
        """POST."""
        return self.call("POST", path, **options)

    def patch(self, path: str, **options: Any) -> Heard:
        """PATCH."""
        return self.call("PATCH", path, **options)

    def delete(self, path: str) -> Heard:
        """DELETE."""
        return self.call("DELETE", path)


@pytest.mark.chaos
def test_promos_are_what_the_model_says_they_are_over_http(shelf: Shelf) -> None:
    staff, *customers = (Wire(shelf.web, token) for token in (shelf.token, *(b.token for b in shelf.buyers(3))))
    connection = psycopg2.connect(shelf.web.postgres.url(DATABASE))
    connection.autocommit = True
    with closing(connection), connection.cursor() as sql:
        play(World(shelf.app, staff, customers, 1, sql), nights=scaled(250, least=5), acts=30)
