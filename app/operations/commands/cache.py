"""`flask cache`: the lists that are kept in Redis."""

import click

from app.audit import service as audit
from app.core import cache as kept
from app.core import cli, db
from app.core.clock import rfc3339

cache = cli.Group("cache", help="The answers that Redis keeps; losing them only costs queries.")


@cache.command("show")
@cli.as_json
def show(*, as_json: bool) -> None:
    """What is kept, a line for each kind: name, version, since when, answers in Redis (- when it is away)."""
    with db.statement():
        kinds = kept.kinds()
    if as_json:
        cli.say([kind._asdict() for kind in kinds])
        return
    for kind in kinds:
        answers = "-" if kind.answers is None else kind.answers
        click.echo(f"{kind.name}\t{kind.version}\t{rfc3339(kind.changed_at)}\t{answers}")


@cache.command("clear")
@click.argument("name", required=False)
@cli.as_json
def clear(name: str | None, *, as_json: bool) -> None:
    """Forget what is kept, of one kind or of all: from the next request on it is asked anew."""
    with cli.work():
        names = [kind.name for kind in kept.kinds() if name in {None, kind.name}]
        if name and not names:
            raise click.ClickException(f"Nothing of the name {name} is kept.")
        for each in sorted(names):
            audit.record("cache.cleared", object_type="cache", object_id=each)
            kept.changed(each)
    cli.tell({"cleared": names}, f"{len(names)} cleared.", as_json=as_json)
