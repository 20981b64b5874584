"""Every route says who may call it, and a second hand says the same in access.txt."""

from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.core.access import Access, public
from tests.api.routes import routes

LISTED = Path(__file__).with_name("access.txt")
# Flask's own view of files that anybody may read; the edge leaves it alone.
UNGUARDED = {"static"}


def undeclared(app: Flask) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        access = getattr(app.view_functions[rule.endpoint], "access", None)
        if rule.endpoint not in UNGUARDED and not isinstance(access, Access):
            yield f"{rule.rule} ({rule.endpoint}) does not say who may call it"


def differences(listed: Collection[str], walked: Collection[str]) -> Iterator[str]:
    """What has to change in the list so that it says what the code says, if that is meant."""
    for line in sorted(set(walked) - set(listed)):
        yield f"add to {LISTED.name}: {line}"
    for line in sorted(set(listed) - set(walked)):
        yield f"no route says so any more, remove from {LISTED.name}: {line}"


def test_every_route_says_who_may_call_it(app: Flask) -> None:
    assert list(undeclared(app)) == []


def test_every_route_lets_in_whom_the_list_names() -> None:
    listed = [line for line in LISTED.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    walked = [f"{route} {route.access}" for route in routes()]
    wrong = list(differences(listed, walked))
    assert not wrong, "\n" + "\n".join(wrong)
    assert len(listed) == len(walked), "a line stands there twice"


@pytest.fixture
def made() -> Flask:
    made = Flask("made", static_folder=None)
    made.add_url_rule("/open", "open", public(lambda: ""))
    return made


def test_a_route_without_access_is_found(made: Flask) -> None:
    assert not list(undeclared(made))
    made.add_url_rule("/forgotten", "forgotten", lambda: "")
    assert list(undeclared(made)) == ["/forgotten (forgotten) does not say who may call it"]


def test_a_new_route_and_a_changed_one_are_told_with_the_line_to_write() -> None:
    told = list(differences({"GET /a public", "GET /b viewer"}, {"GET /a public", "GET /b operator", "GET /c admin"}))
    assert told == [
        "add to access.txt: GET /b operator",
        "add to access.txt: GET /c admin",
        "no route says so any more, remove from access.txt: GET /b viewer",
    ]
