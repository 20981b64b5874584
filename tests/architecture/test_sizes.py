"""Files, views and entry points stay small."""

import ast
from collections.abc import Iterator
from itertools import chain, starmap

from tests.architecture.source import Source, entry_points, faults, files, python, sample

VERBS = {"route", "get", "post", "put", "patch", "delete"}


def long_file(source: Source, limit: int = 300) -> Iterator[str]:
    if len(source.lines) > limit:
        yield f"{len(source.lines)} lines, {limit} are allowed: make it a package of the same name"


def long_entry_point(source: Source) -> Iterator[str]:
    return long_file(source, limit=15)


def long_views(source: Source, limit: int = 10) -> Iterator[str]:
    for function in _views(source.tree):
        size = sum(isinstance(node, ast.stmt) for node in ast.walk(function)) - 1 - _has_docstring(function)
        if size > limit:
            yield f"view {function.name} has {size} statements, {limit} are allowed: move the work to the service"


def _views(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any(map(_routes, node.decorator_list)):
            yield node
        elif isinstance(node, ast.ClassDef) and any(map(_routes, node.decorator_list)):
            yield from (method for method in node.body if isinstance(method, ast.FunctionDef) and method.name in VERBS)


def _routes(decorator: ast.expr) -> bool:
    return (
        isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute) and decorator.func.attr in VERBS
    )


def _has_docstring(function: ast.FunctionDef) -> bool:
    return ast.get_docstring(function) is not None


def test_no_file_has_more_than_300_lines() -> None:
    assert faults(long_file, python("app", "bench", "devstack", "migrations", "tests")) == []


def test_no_template_sheet_script_or_sql_file_has_more_than_300_lines() -> None:
    kinds = (("templates", "*.html"), ("static/css", "*.css"), ("static/js", "*.js"), ("app", "*.sql"))
    assert faults(long_file, chain.from_iterable(starmap(files, kinds))) == []


def test_a_file_of_301_lines_is_found() -> None:
    assert list(long_file(sample("app/long.py", "x = 1\n" * 301)))
    assert not list(long_file(sample("app/long.py", "x = 1\n" * 300)))


def test_entry_points_have_at_most_15_lines() -> None:
    assert faults(long_entry_point, entry_points()) == []


def test_views_have_at_most_ten_statements() -> None:
    assert faults(long_views, python("app")) == []


def test_a_view_of_eleven_statements_is_found() -> None:
    body = '    """States."""\n' + "    x = 1\n" * 11
    assert list(long_views(sample("app/stores/routes.py", f"@bp.get('/')\ndef index():\n{body}")))
    nested = "\n".join(f"    {line}" for line in body.splitlines())
    assert list(
        long_views(sample("app/stores/routes.py", f"@bp.route('/')\nclass Stores:\n    def post(self):\n{nested}"))
    )
    assert not list(long_views(sample("app/stores/service.py", f"def index():\n{body}")))
    ten = '    """States."""\n' + "    x = 1\n" * 10
    assert not list(long_views(sample("app/stores/routes.py", f"@bp.get('/')\ndef index():\n{ten}")))
