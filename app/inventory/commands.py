"""Stock from the command line."""

from typing import BinaryIO

import click

from app.core import cli
from app.inventory.schemas import StockImportOut
from app.inventory.service import stock_files

stock = cli.Group("stock", help="What there is of products.")


@stock.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Only say what the file would do.")
@cli.as_json
def import_file(file: BinaryIO, *, dry_run: bool, as_json: bool) -> None:
    """Set the stock by a CSV file with the columns sku, set_to, expected, reason and row_key."""
    with cli.work():
        report = stock_files.take(content=file.read(), dry_run=dry_run)
    if as_json:
        cli.say(StockImportOut().dump(report))
        raise SystemExit(1 if report.failed else 0)
    for fault in report.errors:
        click.echo(f"line {fault.line}, {fault.column or 'row'}: {fault.detail}", err=True)
    done = "would change" if dry_run else "changed"
    click.echo(
        f"{report.changed} {done}, {report.unchanged} unchanged, {report.skipped} skipped, {report.failed} failed"
    )
    if report.failed:
        raise SystemExit(1)


CLI = [stock]
