"""Promos from the command line: the verbs of the API, and what it shows."""

from collections.abc import Callable
from typing import Any

import click

from app.core import cli, db
from app.core.clock import rfc3339
from app.promos import queries
from app.promos.queries import ORDERINGS, PromoFilter
from app.promos.rules import STATUSES
from app.promos.schemas import PromoOut
from app.promos.service import lifecycle

promos = cli.Group("promos", help="Flash promos.")


@promos.command("list")
@click.option("--status", type=click.Choice(STATUSES))
@click.option("--q", default=None, help="Part of product or SKU.")
@click.option("--ordering", type=click.Choice(list(ORDERINGS)), default="-starts_at", show_default=True)
@click.option("--limit", default=50, type=click.IntRange(1, 1000), show_default=True)
@cli.as_json
def listed(status: str | None, q: str | None, ordering: str, limit: int, *, as_json: bool) -> None:
    """Promos, a line for each: id, status, start, end, units, sold, product."""
    with db.statement():
        page = queries.page(PromoFilter(status=status, q=q), ordering=ordering, limit=limit, cursor=None)
    if as_json:
        cli.say(PromoOut(many=True).dump(page.rows))
        return
    for row in page.rows:
        when = f"{rfc3339(row.starts_at)}\t{rfc3339(row.over_at)}"
        click.echo(f"{row.id}\t{row.status}\t{when}\t{row.quantity}\t{row.sold}\t{row.product_name}")
    if page.next_cursor:
        click.echo(f"There are more than {limit}.", err=True)


@promos.command("show")
@click.argument("promo_id", type=int)
@cli.as_json
def show(promo_id: int, *, as_json: bool) -> None:
    """Everything about one promo."""
    with cli.work():
        facts = PromoOut().dump(queries.promo(promo_id))
    if as_json:
        cli.say(facts)
        return
    for name, value in facts.items():
        click.echo(f"{name:<22} {'' if value is None else value}")


@promos.command("activate")
@click.argument("promo_id", type=int)
@cli.as_json
def activate(promo_id: int, *, as_json: bool) -> None:
    """Open a draft for its window: from here on its units are its own."""
    _do(lifecycle.activate, promo_id, as_json=as_json)


@promos.command("pause")
@click.argument("promo_id", type=int)
@cli.as_json
def pause(promo_id: int, *, as_json: bool) -> None:
    """Hold no more units; what is held can still be bought."""
    _do(lifecycle.pause, promo_id, as_json=as_json)


@promos.command("resume")
@click.argument("promo_id", type=int)
@cli.as_json
def resume(promo_id: int, *, as_json: bool) -> None:
    """Go on with what was paused."""
    _do(lifecycle.resume, promo_id, as_json=as_json)


@promos.command("end")
@click.argument("promo_id", type=int)
@click.option("--yes", is_flag=True, help="Do not ask.")
@cli.as_json
def end(promo_id: int, *, yes: bool, as_json: bool) -> None:
    """End a promo before its time, for good; its units go back to the shelf."""
    if not (yes or click.confirm("An ended promo stays ended. End it?", err=True)):
        raise click.ClickException("The promo goes on.")
    _do(lifecycle.end, promo_id, as_json=as_json)


def _do(verb: Callable[..., Any], promo_id: int, *, as_json: bool) -> None:
    with cli.work():
        verb(promo_id=promo_id)
        facts = PromoOut().dump(queries.promo(promo_id))
    cli.tell(facts, f"Promo {promo_id} is {facts['status'].replace('_', ' ')}.", as_json=as_json)


CLI = [promos]
