"""The tree as the documents show it: domains, their rooms, who imports whom, and the programs."""

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"
PROGRAMS = ("wsgi.py", "live.py", "worker.py", "scheduler.py")


@cache
def layers() -> list[list[str]]:
    """The layers of import-linter's first contract, the highest first; only those that exist."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    names = ([name.strip("() ") for name in layer.split("|")] for layer in contracts[0]["layers"])
    found = [[name for name in layer if (APP / name).is_dir() or (APP / f"{name}.py").is_file()] for layer in names]
    return [layer for layer in found if layer]


def domains() -> list[str]:
    """Every domain, the highest first."""
    return [name for layer in layers() for name in layer if name != "factory"]


def purpose(path: Path) -> str:
    """The first line of a module's docstring."""
    module = path / "__init__.py" if path.is_dir() else path
    return (ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or "").partition("\n")[0]


def rooms(domain: str) -> list[str]:
    """The rooms that a domain has."""
    inside = (path for path in (APP / domain).iterdir() if not path.name.startswith("__"))
    return sorted(path.stem for path in inside if path.suffix == ".py" or (path.is_dir() and any(path.glob("*.*"))))


@cache
def imports(domain: str) -> frozenset[str]:
    """The domains that this one imports."""
    found = {name for path in (APP / domain).rglob("*.py") for name in _imported(path)}
    return frozenset(found & set(domains()) - {domain})


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "app":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("app."):
            yield (node.module or "").split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith("app."))


def nearest(domain: str) -> list[str]:
    """The imported domains that are not reached through another one: the arrows that a picture needs."""
    direct = imports(domain)
    return sorted(direct - {further for name in direct for further in _below(name)})


@cache
def _below(domain: str) -> frozenset[str]:
    return imports(domain).union(*(_below(name) for name in imports(domain)))


def migrations() -> list[tuple[str, str]]:
    """Each migration's number, and what it is for."""
    files = sorted((ROOT / "migrations" / "versions").glob("*.py"))
    return [(path.stem.partition("_")[0], purpose(path)) for path in files]
