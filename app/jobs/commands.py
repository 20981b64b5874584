"""Jobs from the command line."""

import click

from app.core import cli, db
from app.jobs import queries, service
from app.jobs.schemas import JobOut

jobs = cli.Group("jobs", help="Background jobs and dead letters.")


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
@cli.as_json
def retry(job_id: int | None, name: str | None, *, every: bool, as_json: bool) -> None:
    """Give dead letters all their tries again."""
    if every == (job_id is not None):
        raise click.UsageError("write either --id or --all")
    with cli.work():
        retried = service.retry_all(name=name) if job_id is None else _retried(job_id)
    cli.tell({"retried": retried}, f"{retried} retried", as_json=as_json)


def _retried(job_id: int) -> int:
    service.retry(job_id=job_id)
    return 1


@jobs.command("discard")
@click.option("--id", "job_id", type=int, required=True)
@cli.as_json
def discard(job_id: int, *, as_json: bool) -> None:
    """Give up a dead letter for good."""
    with cli.work():
        service.discard(job_id=job_id)
    cli.tell({"discarded": 1}, "1 discarded", as_json=as_json)


CLI = [jobs]
