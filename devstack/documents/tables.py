"""Tables of domains, jobs, schedules, problems, access, migrations and commands, from the code itself."""

from collections.abc import Iterator
from itertools import chain, groupby

import click
from flask import Flask

from app.core.db import Base
from app.core.errors import CATALOGUE
from app.core.invariants import INVARIANTS
from app.jobs.registry import JOBS, JobKind
from devstack.documents import tree
from devstack.documents.parts import table

API = "/api/v1/"


def domains() -> str:
    """Each domain, what it is, what it keeps, and what it imports."""
    return table(["domain", "what it is", "tables", "imports"], [_domain(name) for name in tree.domains()])


def _domain(name: str) -> list[str]:
    tables = sorted(
        mapper.local_table.description
        for mapper in Base.registry.mappers
        if mapper.class_.__module__.startswith(f"app.{name}.")
    )
    below = ", ".join(sorted(tree.imports(name) - {"core"})) or "none"
    return [
        f"[`{name}`](../app/{name})",
        tree.purpose(tree.APP / name),
        ", ".join(f"`{each}`" for each in tables) or "none",
        below,
    ]


def programs() -> str:
    """Each program of the top level and what it is."""
    return table(
        ["program", "what it is"],
        [[f"[`{name}`](../{name})", tree.purpose(tree.ROOT / name)] for name in tree.PROGRAMS],
    )


def schedules() -> str:
    """Everything that the clock asks for."""
    rows = [
        [f"`{each.name}`", _when(each), each.queue if not each.tick else "at the ring"]
        for each in _jobs()
        if each.scheduled
    ]
    return table(["schedule", "when", "where"], rows)


def jobs() -> str:
    """Everything that is asked for with arguments."""
    rows = [
        [f"`{each.name}`", each.queue, (each.call.__doc__ or "").partition("\n")[0]]
        for each in _jobs()
        if not each.scheduled
    ]
    return table(["job", "queue", "what it does"], rows)


def _jobs() -> list[JobKind]:
    known = {f"{name}." for name in tree.domains()}
    return [JOBS[name] for name in sorted(JOBS) if any(name.startswith(each) for each in known)]


def _when(job: JobKind) -> str:
    return f"every {job.every} s" if job.every else f"cron `{job.cron}`"


def problems() -> str:
    """Every refusal: status, code, what it means."""
    ours = (each for each in CATALOGUE.values() if each.__module__.startswith("app."))
    rows = [[str(each.status), f"`{each.code}`", " ".join((each.__doc__ or "").split())] for each in ours]
    return table(["status", "code", "meaning"], sorted(rows))


def invariants() -> str:
    """Every rule that `flask invariants` asks."""
    return table(["invariant", "rule"], sorted([f"`{each.name}`", each.rule] for each in INVARIANTS))


def access() -> str:
    """How many routes each role opens, and what a viewer may not do over the API."""
    lines = (line.split(" ", 2) for line in _listed())
    rows = sorted(([who, path, method] for method, path, who in lines if path.startswith(API)))
    return table(["who", "API routes"], [[who, _routes(each)] for who, each in groupby(rows, key=lambda row: row[0])])


def _listed() -> Iterator[str]:
    lines = (tree.ROOT / "tests" / "architecture" / "access.txt").read_text(encoding="utf-8").splitlines()
    return (line for line in lines if not line.startswith("#"))


def _routes(rows: Iterator[list[str]]) -> str:
    paths = groupby(rows, key=lambda row: row[1])
    return "<br>".join(f"`{'/'.join(row[2] for row in each)} {path.removeprefix(API)}`" for path, each in paths)


def migrations() -> str:
    """Every migration and what it is for."""
    return table(["migration", "what it is for"], [[f"`{number}`", purpose] for number, purpose in tree.migrations()])


def versions() -> str:
    """What each version changed, as the changelog counts it."""
    lines = (tree.ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    rows: list[list[str]] = []
    for line in lines:
        if line.startswith("## "):
            rows.append([line.removeprefix("## ").strip("[]").replace("[", "").replace("]", ""), "0"])
        elif line.startswith("- ") and rows:
            rows[-1][1] = str(int(rows[-1][1]) + 1)
    return table(["version", "entries in the [changelog](../CHANGELOG.md)"], rows)


def commands(app: Flask) -> str:
    """Every command of the deployment."""
    found = chain.from_iterable(_commands(name, app.cli.commands[name]) for name in sorted(app.cli.commands))
    return table(
        ["command", "what it does"], [[f"`flask {name}`", each.get_short_help_str(120)] for name, each in found]
    )


def _commands(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if name == "db":  # Flask-Migrate's own
        return
    if isinstance(command, click.Group):
        for inner in sorted(command.commands):
            yield from _commands(f"{name} {inner}", command.commands[inner])
    else:
        yield name, command
