"""The commands of an application, and a call of each that lacks nothing."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import click

# Where one value is not as good as another.
VALUES = {"email": "ada@example.org", "recipient": "ada@example.org"}
MORE = {"jobs retry": ["--all"], "ops await-schema": ["--seconds", "0"]}
AGREES = {"force", "password_stdin", "yes"}
STOCK = "sku,set_to,expected,reason,row_key\nTEA,7,5,count,k1\n"
TYPED = "a long enough secret\n"


def commands(group: click.Group, *before: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, *before, name)
        else:
            yield " ".join((*before, name)), command


def has_json(command: click.Command) -> bool:
    return any("--json" in each.opts for each in command.params)


def call(name: str, command: click.Command, file: Path) -> list[str]:
    """What is typed so that the command does its work; a file that it wants is this one."""
    given = chain.from_iterable(_given(each, file) for each in command.params)
    return [*name.split(), *given, *MORE.get(name, [])]


def _given(parameter: click.Parameter, file: Path) -> list[str]:
    if isinstance(parameter, click.Argument):
        return [_value(parameter, file)] if parameter.required else []
    if parameter.name in AGREES:
        return parameter.opts[:1]
    return [parameter.opts[0], _value(parameter, file)] if parameter.required else []


def _value(parameter: click.Parameter, file: Path) -> str:
    kind = parameter.type
    if isinstance(kind, click.Choice):
        return str(kind.choices[0])
    if isinstance(kind, click.File | click.Path):
        return str(file)
    return VALUES.get(parameter.name or "", "1" if isinstance(kind, click.types.IntParamType) else "ada")
