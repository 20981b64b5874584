"""One place that turns a refusal into an answer: problem+json for programs, a page or a toast for people."""

from math import ceil
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import structlog
from flask import Flask, Response, flash, redirect, render_template, request, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import BadHost, HTTPException, MethodNotAllowed, RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from app.core import context, jsons
from app.core.errors import (
    AppError,
    BadRequest,
    BodyTooLarge,
    NotAuthenticated,
    NotPermitted,
    RouteNotFound,
    UnexpectedFault,
)
from app.core.errors import MethodNotAllowed as MethodRefused
from app.core.sqlstate import translated

log = structlog.get_logger("holdfast.errors")


def init_app(app: Flask) -> None:
    """Answer every fault of every route here."""
    app.register_error_handler(Exception, answer)


def answer(error: Exception) -> AnyResponse:
    """The answer to a fault."""
    if isinstance(error, HTTPException) and error.code is not None and error.code < 400:
        return AnyResponse.from_app(error, request.environ)
    refusal = as_refusal(error)
    response = _problem(refusal) if _for_programs() else _page(refusal)
    response.headers.extend(refusal.headers)
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(ceil(refusal.retry_after))
    return response


def as_refusal(error: Exception) -> AppError:
    """The refusal that a fault stands for; what we did not expect is logged with its traceback."""
    refusal = error if isinstance(error, AppError) else _known(error)
    if refusal is None:
        log.error("unexpected fault", exc_info=error)
        return UnexpectedFault()
    return refusal


def _known(error: Exception) -> AppError | None:
    if isinstance(error, SQLAlchemyError):
        return translated(error)
    if isinstance(error, HTTPException):
        return _from_http(error)
    return None


def _from_http(error: HTTPException) -> AppError | None:
    if isinstance(error, MethodNotAllowed):
        return MethodRefused(method=request.method, headers={"Allow": ", ".join(sorted(error.valid_methods or []))})
    if isinstance(error, RequestEntityTooLarge):
        return BodyTooLarge(limit_bytes=request.max_content_length)
    if error.code == 404:
        return RouteNotFound()
    return BadRequest(reason=error.description or error.name) if error.code and 400 <= error.code < 500 else None


# Asked by scripts of the console, which cannot read a page.
PROGRAMS = ("/api/", "/console/live/stream/", "/console/live/zones/")


def _for_programs() -> bool:
    if request.path.startswith(PROGRAMS) or isinstance(request.routing_exception, BadHost):
        return True  # under a host that is none, no address of a page can be written either
    return not request.path.startswith(("/console", "/docs", "/redoc")) and request.accept_mimetypes.best != "text/html"


def problem_of(refusal: AppError) -> dict[str, Any]:
    """The members of problem+json."""
    return {
        **refusal.figures,
        "type": f"/docs/problems/{refusal.code}",
        "title": refusal.title(),
        "status": refusal.status,
        "detail": refusal.text(),
        "instance": request.path,
        "code": refusal.code,
        "request_id": context.request_id(),
    }


def _problem(refusal: AppError) -> Response:
    return Response(jsons.dump(problem_of(refusal)), status=refusal.status, mimetype="application/problem+json")


def _page(refusal: AppError) -> AnyResponse:
    if isinstance(refusal, NotAuthenticated) and request.path.startswith("/console"):
        return _to_login()
    if refusal.status == 409 and request.method == "POST" and not request.headers.get("HX-Request") and _page_before():
        flash(refusal.text(), "error")
        return redirect(_page_before(), 303)
    facts = {"title": refusal.title(), "detail": refusal.text(), "request_id": context.request_id()}
    if request.headers.get("HX-Request"):
        html = render_template(
            "fragments/toast.html", kind="error", text=facts["detail"], request_id=facts["request_id"]
        )
    else:
        page = "not_permitted.html" if isinstance(refusal, NotPermitted) and context.principal() else "error.html"
        before = _page_before()
        html = render_template(page, status=refusal.status, code=refusal.code, before=before, **facts)
    return Response(html, status=refusal.status, mimetype="text/html")


def _page_before() -> str:
    """The console page that a form was sent from, so that a refusal is told there and nothing is lost."""
    before = urlsplit(request.referrer or "")
    ours = before.netloc == request.host and before.path.startswith("/console")
    return urlunsplit(("", "", before.path, before.query, "")) if ours else ""


def _to_login() -> AnyResponse:
    here = request.full_path.rstrip("?") if request.method == "GET" else "/console/"
    if not request.headers.get("HX-Request"):
        return redirect(url_for("identity_console.login", next=here), 303)
    return Response(
        status=401,
        headers={"HX-Redirect": url_for("identity_console.login", next=request.headers.get("HX-Current-URL", ""))},
    )
