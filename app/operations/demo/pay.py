"""`flask demo pay`: the simulated provider of the running stack pays an order, as if somebody had used its page."""

from decimal import Decimal, InvalidOperation
from typing import Any, cast

import click
import requests
from flask.cli import ScriptInfo, pass_script_info
from sqlalchemy.exc import NoResultFound

from app.core import cli
from app.core.errors import AppError
from app.core.settings import Settings
from app.core.web import HoldfastApp, settings_of
from app.payments.service import checkouts

PATIENCE = 10
NO_STACK = "No payment simulator answers: start the stack by `make run`, and leave PAYMENT_PROVIDER out."


@click.command("pay", cls=cli.Command)
@click.argument("reference")
@click.option("--fail", is_flag=True, help="The payment fails.")
@click.option("--amount", help="Another amount than the one that is asked for.")
@click.option("--duplicates", type=click.IntRange(0, 1000), default=0, help="How often it is told once more.")
@cli.as_json
@pass_script_info
def pay(script: ScriptInfo, *, reference: str, fail: bool, amount: str | None, duplicates: int, as_json: bool) -> None:
    """Let the payment simulator pay an order, such as ORD-0123456789AB."""
    app = cast("HoldfastApp", script.load_app())
    settings = settings_of(app)
    if settings.payment_provider != "generic":
        raise click.ClickException(NO_STACK)
    with app.app_context():
        _open(reference, settings)
    how: dict[str, Any] = {"status": "failed" if fail else "success", "duplicates": duplicates}
    event = settle(settings, reference, how if amount is None else how | {"amount": _money(amount)})
    more = f", told {duplicates + 1} times" if duplicates else ""
    line = f"{event['reference']}: {event['status']} {event['amount']} {event['currency']}{more}"
    cli.tell(event | {"told": duplicates + 1}, line, as_json=as_json)


def _open(reference: str, settings: Settings) -> None:
    try:
        checkouts.opened(reference=reference, settings=settings)
    except NoResultFound as error:
        raise click.ClickException(f"There is no order {reference}.") from error
    except AppError as error:
        raise click.ClickException(NO_STACK) from error


def settle(settings: Settings, reference: str, how: dict[str, Any]) -> dict[str, Any]:
    """What the simulator says when it is told how an order is paid."""
    address = f"{settings.payment_provider_url.rstrip('/')}/payments/{reference}"
    key = {"Authorization": f"Bearer {settings.payment_provider_key}"}
    try:
        answer = requests.post(address, json=how, headers=key, timeout=PATIENCE)
    except requests.RequestException as error:
        raise click.ClickException(NO_STACK) from error
    if not answer.ok:
        raise click.ClickException(f"The simulator refuses: {answer.text}")
    event: dict[str, Any] = answer.json()
    return event


def _money(text: str) -> str:
    try:
        return str(Decimal(text).quantize(Decimal("0.01")))
    except InvalidOperation as error:
        raise click.ClickException(f"{text!r} is no amount.") from error
