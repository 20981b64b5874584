"""The one place where everything meets: settings, machinery, and the rooms of every domain."""

import secrets
import sys
from collections.abc import Iterable
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any

import structlog
from flask import Flask
from flask_migrate import Migrate

from app.core import (
    cli,
    clock,
    cors,
    crashpoints,
    csrf,
    db,
    headers,
    htmx,
    live,
    logging,
    metrics,
    openapi,
    pages,
    problems,
    ratelimit,
    redis,
    replica,
    settings,
)
from app.core.api import Blueprint as ApiBlueprint
from app.core.settings import Settings
from app.core.web import HoldfastApp, make_app
from app.identity import principals, tokens
from app.jobs import dashboard
from app.mail import gateways
from app.operations import documents, probes

log = structlog.get_logger("holdfast")

# From the lowest to the highest; the order of the sidebar and of the API reference follows from it.
DOMAINS = (
    "audit",
    "jobs",
    "mail",
    "identity",
    "wallet",
    "stores",
    "customers",
    "notifications",
    "payments",
    "inventory",
    "orders",
    "promos",
    "offers",
    "buys",
    "console",
    "operations",
)
MIGRATIONS = str(Path(__file__).resolve().parent.parent / "migrations")


def create_app(given: Settings | None = None, *, for_jobs: bool = False, for_live: bool = False) -> HoldfastApp:
    """The application; background processes may take longer over a statement, and live serves streams alone."""
    asked = given or _settings_or_exit()
    logging.configure(level=asked.log_level, fmt=asked.log_format)
    chosen = live.patient(_with_secret(asked)) if for_live else _with_secret(asked)
    app = make_app(chosen)
    app.extensions["holdfast.started"] = clock.monotonic()
    app.principal_loader = principals.load
    _machinery(app, chosen, chosen.job_statement_timeout_ms if for_jobs else chosen.statement_timeout_ms)
    _domains(app, chosen)
    _refuse_undeclared_access(app)
    if for_live:
        live.init_app(app, chosen)
    return app


def _with_secret(chosen: Settings) -> Settings:
    """Without a key (production demands one), sign with one that ends with this process."""
    if chosen.secret_key:
        return chosen
    log.warning("SECRET_KEY is empty: tokens end with this process and no other process knows them")
    return replace(chosen, secret_key=secrets.token_hex(32))


def _settings_or_exit() -> Settings:
    try:
        return settings.load()
    except settings.SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201 - logging is not configured yet
        if cli.JSON in sys.argv:
            cli.say({"error": "The configuration has faults.", "faults": error.faults})
        raise SystemExit(2) from None


def _machinery(app: Flask, chosen: Settings, statement_timeout_ms: int) -> None:
    crashpoints.arm(chosen)
    db.init_app(app, chosen, statement_timeout_ms=statement_timeout_ms)
    replica.init_app(app, chosen)
    gateways.init_app(app, chosen)
    Migrate(app, db.db, directory=MIGRATIONS)
    redis.init_app(app, chosen)
    tokens.init_app(app, chosen)
    problems.init_app(app)
    htmx.htmx.init_app(app)
    csrf.init_app(app)
    pages.init_app(app)
    headers.init_app(app, https=chosen.production, live_url=chosen.live_url)
    cors.init_app(app, chosen.cors_origins)
    metrics.init_app(app)
    ratelimit.init_app(
        app,
        enabled=chosen.ratelimit_enabled,
        rate=chosen.ratelimit_per_second,
        burst=chosen.ratelimit_burst,
    )
    app.extensions["holdfast.probes"] = {"postgresql": probes.postgres(chosen), "redis": probes.redis(chosen)}


def _domains(app: Flask, chosen: Settings) -> None:
    for room in ("models", "invariants", "subscribers", "gateways", "jobs", "measures"):
        _rooms(room)
    app.register_blueprint(documents.blp)
    for room in _rooms("console"):
        app.register_blueprint(room.blp)
    dashboard.init_app(app, chosen)
    apis = []
    for blueprint in chain.from_iterable(_blueprints(room) for room in _rooms("routes")):
        if isinstance(blueprint, ApiBlueprint):
            apis.append(blueprint)
        else:
            app.register_blueprint(blueprint)
    openapi.init_app(app, apis)
    for room in _rooms("commands"):
        for command in room.CLI:
            app.cli.add_command(command)


def _rooms(name: str) -> list[Any]:
    found = (f"app.{domain}.{name}" for domain in DOMAINS)
    return [import_module(module) for module in found if find_spec(module)]


def _blueprints(room: Any) -> Iterable[Any]:
    """A room that serves several addresses lists its blueprints; any other has one."""
    return room.BLUEPRINTS if hasattr(room, "BLUEPRINTS") else (room.blp,)


def _refuse_undeclared_access(app: Flask) -> None:
    undeclared = [name for name, view in app.view_functions.items() if name != "static" and not hasattr(view, "access")]
    if undeclared:
        raise TypeError(f"these routes declare no access: {', '.join(undeclared)}")
