"""Jobs from the command line."""

import click
from flask.cli import AppGroup

from app.core import cli, db
from app.jobs import queries, service
from app.jobs.schemas import JobOut

jobs = AppGroup("jobs", help="Background jobs and dead letters.")


@jobs.command("list")
@click.option("--state", default="", help="queued, running, done, dead, cancelled or discarded.")
@click.option("--limit", default=20, type=click.IntRange(1, 1000))
@cli.as_json
def listed(state: str, limit: int, *, as_json: bool) -> None:
    """The latest jobs, a line for each: id, state, tries, kind, error."""
    with db.statement():
        rows = queries.page(queries.JobFilter(state=state), limit=limit, cursor=None).rows
    if as_json:
        cli.say(JobOut(many=True).dump(rows))
        return
    for row in rows:
        click.echo(f"{row.id}\t{row.state}\t{row.attempts}\t{row.name}\t{row.error or ''}")


@jobs.command("retry")
@click.option("--id", "job_id", type=int, help="One dead letter.")
@click.option("--all", "every", is_flag=True, help="Every dead letter.")
@click.option("--name", default=None, help="With --all: only those of one kind.")
def retry(job_id: int | None, name: str | None, *, every: bool) -> None:
    """Give dead letters all their tries again."""
    if every == (job_id is not None):
        raise click.UsageError("write either --id or --all")
    with cli.work():
        if job_id is None:
            click.echo(f"{service.retry_all(name=name)} retried")
        else:
            service.retry(job_id=job_id)
            click.echo("1 retried")


@jobs.command("discard")
@click.option("--id", "job_id", type=int, required=True)
def discard(job_id: int) -> None:
    """Give up a dead letter for good."""
    with cli.work():
        service.discard(job_id=job_id)
    click.echo("1 discarded")


CLI = [jobs]
