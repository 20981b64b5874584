"""One URL for page and fragment: an htmx request gets the block, anybody else the page."""

from collections.abc import Callable
from typing import Any

from flask import Response, make_response, redirect, render_template, request
from htmx_flask import Htmx
from jinja2_fragments.flask import render_block
from werkzeug.wrappers import Response as AnyResponse

from app.core.pagination import Page

htmx = Htmx()


def wants_fragment() -> bool:
    """Whether htmx asks for a part of the page; a restored history entry needs all of it."""
    details = request.htmx  # type: ignore[attr-defined]  # set by htmx-flask
    return bool(details) and not details.boosted and not details.history_restore_request


def render(template: str, block: str, *, status: int = 200, **values: Any) -> Response:
    """The block or the page."""
    html = render_block(template, block, **values) if wants_fragment() else render_template(template, **values)
    return make_response(html, status)


def listed(page: Page, row: Callable[[Any], Any] = lambda row: row) -> dict[str, Any]:
    """What the template of a list shows of a page."""
    rows = [row(each) for each in page.rows]
    return {"rows": rows, "next_cursor": page.next_cursor, "first": "cursor" not in request.args}


def go(address: str) -> AnyResponse:
    """Send the browser elsewhere after a change."""
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": address})
    return redirect(address, 303)
