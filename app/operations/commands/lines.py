"""Checks as an operator reads them."""

from collections.abc import Iterable, Iterator

import click

from app.operations.checks.check import BAD, OK, WARNING, Check

WORDS = {OK: "ok  ", WARNING: "WARN", BAD: "BAD "}


def shown(checks: Iterable[Check], *, silent: bool) -> Iterator[Check]:
    """Each, as soon as it is known."""
    for check in checks:
        if not silent:
            click.echo(f"{WORDS[check.level]}  {check.name}: {check.fact}")
            if check.advice:
                click.echo(f"      {check.advice}")
        yield check
