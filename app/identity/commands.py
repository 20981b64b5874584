"""Users from the command line. A password never stands in a command, where all processes could read it."""

import sys
from typing import Any

import click

from app.core import cli, db
from app.core.api import loaded
from app.core.roles import Role
from app.identity import queries
from app.identity.models import User
from app.identity.queries import UserFilter
from app.identity.schemas.users import ORDERINGS, UserIn, UserOut, UserPatch
from app.identity.service import login, sessions
from app.identity.service import users as service

users = cli.Group("users", help="Everybody who can sign in.")

ROLE = click.Choice(list(map(str, Role)))
from_stdin = click.option("--password-stdin", is_flag=True, help="Read the password from standard input, one line.")


@users.command("create")
@click.argument("name")
@click.option("--email", required=True)
@click.option("--role", type=ROLE, required=True)
@from_stdin
@cli.as_json
def create(name: str, email: str, role: str, *, password_stdin: bool, as_json: bool) -> None:
    """Make a user; asks for the password."""
    given = {"username": name, "email": email, "role": role, "password": _password(from_stdin=password_stdin)}
    with cli.work():
        made = service.create_user(**_checked(UserIn(), given))
        facts = _facts(made.id)
    cli.tell(facts, f"{made.username} is made, with the id {made.id}.", as_json=as_json)


@users.command("list")
@click.option("--role", type=ROLE)
@click.option("--q", default=None, help="How a username or an address begins.")
@click.option("--ordering", type=click.Choice(ORDERINGS), default="username")
@click.option("--limit", default=100, type=click.IntRange(1, 10_000))
@cli.as_json
def listed(role: str | None, q: str | None, ordering: str, limit: int, *, as_json: bool) -> None:
    """Users, a line for each: id, name, role, state, address."""
    with db.statement():
        page = queries.page(UserFilter(q=q, role=role), ordering=ordering, limit=limit, cursor=None)
    if as_json:
        cli.say(UserOut(many=True).dump(page.rows))
        return
    for row in page.rows:
        click.echo(f"{row.id}\t{row.username}\t{row.role}\t{'active' if row.is_active else 'inactive'}\t{row.email}")
    if page.next_cursor:
        click.echo(f"There are more than {limit}.", err=True)


@users.command("set-role")
@click.argument("name")
@click.argument("role", type=ROLE)
@cli.as_json
def set_role(name: str, role: str, *, as_json: bool) -> None:
    """Give a user another role; ends their sessions."""
    cli.tell(_changed(name, {"role": role}), f"{name} is {role}.", as_json=as_json)


@users.command("set-password")
@click.argument("name")
@from_stdin
@cli.as_json
def set_password(name: str, *, password_stdin: bool, as_json: bool) -> None:
    """Give a user another password; ends their sessions."""
    facts = _changed(name, {"password": _password(from_stdin=password_stdin)})
    cli.tell(facts, f"{name} has a new password.", as_json=as_json)


@users.command("deactivate")
@click.argument("name")
@cli.as_json
def deactivate(name: str, *, as_json: bool) -> None:
    """Keep a user out; ends their sessions."""
    cli.tell(_changed(name, {"is_active": False}), f"{name} is inactive.", as_json=as_json)


@users.command("activate")
@click.argument("name")
@cli.as_json
def activate(name: str, *, as_json: bool) -> None:
    """Let a user in again."""
    cli.tell(_changed(name, {"is_active": True}), f"{name} is active.", as_json=as_json)


@users.command("unlock")
@click.argument("name")
@cli.as_json
def unlock(name: str, *, as_json: bool) -> None:
    """Let somebody try again who mistyped the password too often."""
    with cli.work():
        user = _named(name)
        login.unlock(user=user)
        facts = _facts(user.id)
    cli.tell(facts, f"{name} can try again.", as_json=as_json)


@users.command("sign-out")
@click.argument("name")
@cli.as_json
def sign_out(name: str, *, as_json: bool) -> None:
    """End every session of a user."""
    with cli.work():
        ended = sessions.end_all(_named(name).id)
    cli.tell({"ended": ended}, f"{ended} ended.", as_json=as_json)


def _changed(name: str, changes: dict[str, Any]) -> dict[str, Any]:
    with cli.work():
        user_id = _named(name).id
        service.update_user(user_id=user_id, changes=_checked(UserPatch(), changes))
        return _facts(user_id)


def _facts(user_id: int) -> dict[str, Any]:
    facts: dict[str, Any] = UserOut().dump(queries.user(user_id))
    return facts


def _named(name: str) -> User:
    user = queries.user_by_name(name)
    if user is None:
        raise click.ClickException(f"There is no user {name}.")
    return user


def _checked(schema: UserIn | UserPatch, given: dict[str, Any]) -> dict[str, Any]:
    checked: dict[str, Any] = loaded(schema, given)
    return checked


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return asked


CLI = [users]
