"""The pages that explain the API, and the page behind the `type` of each problem."""

from inspect import cleandoc
from typing import Any

from flask import Blueprint, Response, current_app, render_template, url_for

from app.core import openapi
from app.core.access import public
from app.core.declared import declared
from app.core.edge import unit
from app.core.errors import CATALOGUE, AppError, RouteNotFound

blp = Blueprint("documents", __name__)


@blp.get("/api/openapi.json")
@unit("none")
@public
def document() -> Response:
    """The OpenAPI document."""
    return openapi.as_response(current_app)


@blp.get("/docs")
@unit("none")
@public
def swagger() -> str:
    """Swagger UI."""
    return render_template("docs/swagger.html", spec_url=url_for("documents.document"))


@blp.get("/redoc")
@unit("none")
@public
def redoc() -> str:
    """ReDoc."""
    return render_template("docs/redoc.html", spec_url=url_for("documents.document"))


@blp.get("/docs/problems")
@unit("none")
@public
def problems() -> str:
    """Every refusal."""
    return render_template("docs/problems.html", problems=[_shown(CATALOGUE[code]) for code in sorted(CATALOGUE)])


@blp.get("/docs/problems/<code>")
@unit("none")
@public
def problem(code: str) -> str:
    """One refusal."""
    if code not in CATALOGUE:
        raise RouteNotFound
    return render_template("docs/problem.html", problem=_shown(CATALOGUE[code]))


@blp.get("/docs/access")
@unit("none")
@public
def access() -> str:
    """Who may call what."""
    return render_template("docs/access.html", routes=declared(current_app, "/api/v1"))


def _shown(error: type[AppError]) -> dict[str, Any]:
    return {
        "code": error.code,
        "status": error.status,
        "title": error.title(),
        "description": cleandoc(error.__doc__ or ""),
    }
