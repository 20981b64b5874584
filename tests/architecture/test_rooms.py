"""Each domain has the same rooms, and no drawer for odds and ends."""

import ast
from collections.abc import Iterator

from tests.architecture.source import Source, faults, python, sample

ROOMS = {
    "__init__",
    "errors",
    "events",
    "rules",
    "models",
    "sql",
    "queries",
    "service",
    "gateways",
    "subscribers",
    "schemas",
    "routes",
    "console",
    "jobs",
    "commands",
    "invariants",
    "measures",
}
# Domains that are machinery for the others have parts of their own beside the rooms.
MACHINERY = {
    "identity": {"passwords", "principals", "tokens"},
    "jobs": {
        "dashboard",
        "leasing",
        "registry",
        "relay",
        "scheduler",
        "schedules",
        "work",
        "worker",
        "workers",
    },
    "mail": {"rendering"},
    "operations": {"backups", "checks", "demo", "documents", "probes", "schema"},
}
WITHOUT_ROOMS = {"core", "factory"}
DRAWERS = {"util", "utils", "helper", "helpers", "manager", "managers", "misc", "common", "process", "handle", "data"}


def stray_room(source: Source) -> Iterator[str]:
    _, domain, room, *_ = (*source.path.with_suffix("").parts, "", "")
    if not room or domain in WITHOUT_ROOMS:
        return
    if room not in ROOMS | MACHINERY.get(domain, set()):
        yield f"{room} is no room of a domain: {', '.join(sorted(ROOMS - {'__init__'}))}"


def drawers(source: Source) -> Iterator[str]:
    for part in DRAWERS.intersection(source.path.with_suffix("").parts):
        yield f"{part} says nothing: name it after what it holds"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef) and node.name.endswith(("Manager", "Helper", "Utils")):
            yield f"class {node.name} says nothing: name it after what it is"


def test_domains_have_only_the_known_rooms() -> None:
    assert faults(stray_room, python("app")) == []


def test_a_stray_helpers_file_in_a_domain_is_found() -> None:
    assert list(stray_room(sample("app/stores/helpers.py", "")))
    assert list(stray_room(sample("app/stores/helpers/geo.py", "")))
    assert not list(stray_room(sample("app/stores/routes/lists.py", "")))
    assert not list(stray_room(sample("app/core/geo.py", "")))
    assert not list(stray_room(sample("app/factory.py", "")))


def test_no_module_or_class_is_a_drawer_for_odds_and_ends() -> None:
    assert faults(drawers, python("app", "bench", "devstack", "tests")) == []


def test_a_drawer_is_found() -> None:
    assert list(drawers(sample("devstack/utils.py", "")))
    assert list(drawers(sample("app/core/locks.py", "class LockManager: ...")))
