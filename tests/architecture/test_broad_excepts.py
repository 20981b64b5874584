"""Who catches everything says why."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.source import Source, entry_points, faults, python, sample

BROAD = {"Exception", "BaseException"}
REASON = re.compile(r"#\s*(?:noqa: \w+(?:, ?\w+)*\s*[-:]*\s*)?[A-Za-z]\w+ \w+")


def unexplained_excepts(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ExceptHandler) or not _broad(node.type) or _raises_again(node):
            continue
        if not REASON.search(source.lines[node.lineno - 1]):
            yield f"line {node.lineno}: catches everything and gives no reason in a comment on the line"


def _broad(caught: ast.expr | None) -> bool:
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(name is None or (isinstance(name, ast.Name) and name.id in BROAD) for name in names)


def _raises_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_every_broad_except_gives_its_reason() -> None:
    assert faults(unexplained_excepts, [*python("app", "bench", "devstack", "tests"), *entry_points()]) == []


def test_an_unexplained_broad_except_is_found() -> None:
    for line in (
        "except Exception:",
        "except:",
        "except (KeyError, BaseException):",
        "except Exception:  # noqa: BLE001",
    ):
        assert list(unexplained_excepts(sample("app/x.py", f"try:\n    x()\n{line}\n    pass")))
    raised = "try:\n    x()\nexcept BaseException:\n    y()\n    raise"
    assert not list(unexplained_excepts(sample("app/x.py", raised)))
    for line in ("except KeyError:", "except Exception:  # noqa: BLE001 - one bad subscriber stops no other"):
        assert not list(unexplained_excepts(sample("app/x.py", f"try:\n    x()\n{line}\n    pass")))
