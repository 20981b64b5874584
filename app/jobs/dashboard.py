"""rq-dashboard for admins, at `/console/ops/rq`: messages and workers as RQ sees them.

It asks nobody who they are, changes things on a GET, sends no form token and connects anew by a number in the address;
each of that is mended here. What is deleted in it is only a message: the job itself is handed out again.
"""

from functools import partial
from typing import Any

import redis
import rq_dashboard
from flask import Flask, Response
from rq.exceptions import NoSuchJobError
from werkzeug.wrappers import Response as AnyResponse

from app.core import csrf, problems
from app.core.access import requires
from app.core.errors import RouteNotFound
from app.core.redis import connect
from app.core.roles import Role
from app.core.settings import Settings
from app.jobs.errors import QueueUnavailable

PATIENCE = 2.0
PREFIX = "/console/ops/rq"
# Its pages run inline scripts and make functions from text; nothing but admins' own pages are served under this.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

blp: Any = rq_dashboard.blueprint


def _with_its_own_policy(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _not_there(_: Exception) -> AnyResponse:
    return problems.answer(RouteNotFound())


def _unavailable(_: Exception) -> AnyResponse:
    return problems.answer(QueueUnavailable())


# The blueprint is one for all applications, so this is said once; its own hook, which connects anew, goes.
blp.before_request_funcs.clear()
blp.after_request(_with_its_own_policy)
blp.register_error_handler(redis.RedisError, _unavailable)
for missing in (NoSuchJobError, UnboundLocalError, ValueError, ZeroDivisionError):
    blp.register_error_handler(missing, _not_there)


def init_app(app: Flask, settings: Settings) -> None:
    """Mount it behind our own door."""
    app.config["RQ_DASHBOARD_REDIS_URL"] = ("Holdfast",)
    app.redis_conn = connect(settings, patience=PATIENCE)  # type: ignore[attr-defined]  # where it looks
    app.register_blueprint(blp, url_prefix=PREFIX)
    for endpoint, view in app.view_functions.items():
        if endpoint.startswith(f"{blp.name}."):
            app.view_functions[endpoint] = csrf.by_origin(requires(Role.ADMIN)(partial(view)))
    for rule in app.url_map.iter_rules(f"{blp.name}.requeue_all"):
        rule.methods = (rule.methods or set()) - {"GET", "HEAD"}
