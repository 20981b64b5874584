"""The import contracts and the ban on clocks do find what they forbid."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

pytest.importorskip("importlinter", reason="import-linter belongs to the check lock")

BREACHES = [
    ("stores/service.py", "import app.orders.queries", "A domain imports only domains below it"),
    ("wallet/service.py", "import app.stores.queries", "A domain imports only domains below it"),
    ("core/cache.py", "import app.audit.service", "A domain imports only domains below it"),
    ("strays/service.py", "", "A domain imports only domains below it"),
    ("stores/queries.py", "import app.stores.service", "In a domain, a room imports only rooms below it"),
    ("stores/service.py", "import app.stores.gateways", "In a domain, a room imports only rooms below it"),
    ("stores/routes.py", "import app.stores.console", "In a domain, a room imports only rooms below it"),
    ("orders/service.py", "import app.stores.rules", "A domain is entered only by"),
    ("orders/routes.py", "import app.stores.schemas", "A domain is entered only by"),
    ("stores/rules.py", "import sqlalchemy", "Rules and events are plain Python"),
    ("stores/events.py", "from flask import g", "Rules and events are plain Python"),
    ("stores/service.py", "import flask", "Service, queries and models know neither HTTP nor the queue"),
    ("stores/models.py", "import marshmallow", "Service, queries and models know neither HTTP nor the queue"),
    ("stores/jobs.py", "import redis.exceptions", "Only core and jobs reach Redis and its queue"),
    ("operations/routes.py", "from rq import Queue", "Only core and jobs reach Redis and its queue"),
    ("core/clock.py", "import devstack.postgres", "The product imports neither its launcher nor its tests"),
]
SOUND = {
    "factory.py": "import app.stores.routes, app.orders.jobs, app.operations.routes",
    "core/cache.py": "import redis, app.core.schemas, app.core.errors",
    "core/schemas.py": "",
    "core/errors.py": "import app.core.schemas",
    "audit/service.py": "import app.core.cache",
    "jobs/registry.py": "import redis, rq, app.core.cache",
    "wallet/service.py": "import app.audit.service",
    "operations/routes.py": "import app.stores.queries",
    "orders/queries.py": "import app.stores.models",
    "orders/service.py": "import app.orders.queries, app.stores.service, app.stores.errors, app.stores.events",
    "orders/routes.py": "import flask, app.orders.service, app.core.schemas",
    "orders/jobs.py": "import app.jobs.registry, app.orders.service, app.orders.gateways",
    "orders/gateways.py": "import requests",
    "stores/errors.py": "import app.core.errors",
    "stores/events.py": "",
    "stores/rules.py": "import app.stores.errors",
    "stores/models.py": "import sqlalchemy, app.stores.rules",
    "stores/queries.py": "import sqlalchemy, app.stores.models",
    "stores/service.py": "import app.stores.queries, app.stores.rules, app.audit.service",
    "stores/gateways.py": "",
    "stores/schemas.py": "import marshmallow",
    "stores/routes.py": "import flask_smorest, app.stores.service, app.stores.schemas",
    "stores/console.py": "import flask, app.stores.service, app.stores.queries",
}


def lint(tree: Path, files: dict[str, str]) -> str:
    shutil.copy(ROOT / "pyproject.toml", tree)
    for name, text in files.items():
        path = tree / "app" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    for folder in {path.parent for path in (tree / "app").rglob("*.py")} | {tree / "app"}:
        (folder / "__init__.py").touch()
    program = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache', '--no-logo'])"
    run = subprocess.run([sys.executable, "-c", program], cwd=tree, capture_output=True, text=True, check=False)
    return run.stdout + run.stderr


def test_a_tree_that_keeps_the_contracts_passes(tmp_path: Path) -> None:
    answer = lint(tmp_path, SOUND)
    assert "0 broken" in answer, answer


@pytest.mark.parametrize(("path", "breach", "contract"), BREACHES)
def test_a_breach_of_a_contract_is_found(tmp_path: Path, path: str, breach: str, contract: str) -> None:
    answer = lint(tmp_path, SOUND | {path: f"{SOUND.get(path, '')}\n{breach}"})
    broken = [line for line in answer.splitlines() if "BROKEN" in line]
    assert len(broken) == 1, answer
    assert broken[0].startswith(contract)


@pytest.mark.parametrize("clock", ["time.time()", "time.monotonic()", "datetime.datetime.now(datetime.UTC)"])
@pytest.mark.parametrize(("path", "banned"), [("app/stores/rules.py", True), ("app/core/clock.py", False)])
def test_clocks_are_read_in_core_clock_only(clock: str, path: str, banned: bool) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "--stdin-filename", path, "-"],
        cwd=ROOT, input=f'"""States."""\n\nimport datetime\nimport time\n\nNOW = {clock}\n',
        capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip
    assert ("TID251" in answer) == banned
