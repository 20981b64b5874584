"""The table of features names what there is, and every route of the API stands in it."""

import re
from collections.abc import Iterator
from functools import cache

from tests.api.routes import PARAMETER, Route, routes
from tests.architecture.source import ROOT

FEATURES = ROOT / "docs" / "features.md"
API, CONSOLE = "/api/v1", "/console"
ROW = re.compile(r"^\| (?!feature|---)(.+?) \| (.*?) ?\| (.*?) ?\| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`([^`]+)`")
TEST = re.compile(r"\]\(\.\./(tests/[^)]+)\)")


@cache
def rows() -> list[tuple[str, ...]]:
    """Feature, endpoints, pages and tests of each row."""
    return ROW.findall(FEATURES.read_text(encoding="utf-8"))


def shown(route: Route) -> str:
    """The address of a route as documents write it."""
    return PARAMETER.sub(r"{\2}", route.rule.rule)


def endpoints() -> Iterator[str]:
    """Each endpoint that is named, with its method and whole path."""
    root = {shown(route) for route in routes() if not route.rule.rule.startswith((API, CONSOLE))}
    for _, cell, *_ in rows():
        for methods, _, path in (named.partition(" ") for named in NAMED.findall(cell)):
            yield from (f"{method} {path if path in root else API + path}" for method in methods.split("/"))


def test_every_endpoint_that_is_named_is_a_route() -> None:
    known = {f"{route.method} {shown(route)}" for route in routes()}
    assert sorted(set(endpoints()) - known) == []


def test_every_route_but_those_of_the_console_is_named() -> None:
    known = {f"{route.method} {shown(route)}" for route in routes() if not route.rule.rule.startswith(CONSOLE)}
    assert len(known) > 100
    assert sorted(known - set(endpoints())) == []


def test_every_page_that_is_named_is_one_of_the_console() -> None:
    pages = {shown(route) for route in routes() if route.method == "GET" and route.rule.rule.startswith(CONSOLE)}
    named = {page for *_, cell, _ in rows() for page in NAMED.findall(cell)}
    assert len(named) > 40
    assert sorted(named - pages) == []


def test_every_feature_has_tests_and_they_are_there() -> None:
    lines = [line for line in FEATURES.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    assert len(rows()) == sum(not line.startswith(("| feature", "| ---")) for line in lines) > 50
    assert [feature for feature, *_, cell in rows() if not TEST.search(cell)] == []
    assert [path for *_, cell in rows() for path in TEST.findall(cell) if not (ROOT / path).is_file()] == []
