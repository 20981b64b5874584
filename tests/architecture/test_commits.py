"""One commit at the edge: nothing but core.db ends a transaction."""

import ast
from collections.abc import Iterator

from tests.architecture.source import Source, entry_points, faults, python, sample

ENDS = {"begin", "commit", "rollback"}


def commits(source: Source) -> Iterator[str]:
    if source.path.with_suffix("").parts[:3] == ("app", "core", "db"):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ENDS:
            yield f"line {node.lineno}: .{node.func.attr}() belongs to the edge, in app/core/db"


def test_only_the_edge_commits() -> None:
    assert faults(commits, [*python("app"), *entry_points()]) == []


def test_a_commit_in_a_service_is_found() -> None:
    assert list(commits(sample("app/stores/service.py", "db.session.commit()")))
    assert list(commits(sample("app/stores/service.py", "with engine.begin() as connection: ...")))
    assert not list(commits(sample("app/core/db/edge.py", "db.session.commit()")))
    assert not list(commits(sample("app/core/db.py", "db.session.rollback()")))
